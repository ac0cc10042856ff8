// SPDX-License-Identifier: GPL-3.0-or-later
// Samples with what was predicted for them: picture, true and predicted, how sure, loss.
#pragma once

#include <QtCore/QList>
#include <QtCore/QString>
#include <QtGui/QImage>
#include <QtWidgets/QListView>

namespace espalier {

class PredictionModel;

struct PredictionItem {
    qint64 row = 0; ///< of the source
    QString title; ///< what people call the sample: "sample 1,204"
    QString target; ///< what is true
    QString predicted;
    bool isRight = false;
    double probability = -1; ///< of what was predicted; negative: there is none
    double loss = 0;
    QString detail; ///< tool tip: the greatest probabilities, say
    friend bool operator==(const PredictionItem &, const PredictionItem &) = default;
};

/// Cards in rows that fill the width. Asks for more when its end comes near, and for pictures that are visible.
class PredictionList : public QListView {
    Q_OBJECT
public:
    explicit PredictionList(QWidget *parent = nullptr);

    /// `total`: how many there are in all; moreRequested asks for those after the last one.
    void setItems(const QList<PredictionItem> &items, qint64 total);
    void appendItems(const QList<PredictionItem> &items, qint64 total);
    const QList<PredictionItem> &items() const;
    void setPicture(qint64 row, const QImage &picture);
    bool hasPicture(qint64 row) const;
    void setShowsPictures(bool shows);
    /// Marks the pinned sample; -1: none.
    void setPinnedRow(qint64 row);
    int currentItem() const;

signals:
    void moreRequested();
    void picturesRequested(const QList<qint64> &rows); ///< each once, until setItems
    void chosen(qint64 row); ///< clicked, or Enter

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    friend class PredictionDelegate;

    PredictionModel *m_model;
    QList<qint64> m_wanted;
    bool m_showsPictures = true;
    qint64 m_pinned = -1;
};

} // namespace espalier
