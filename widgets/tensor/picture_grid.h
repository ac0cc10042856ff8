// SPDX-License-Identifier: GPL-3.0-or-later
// All filters or feature maps of a tensor as small pictures in a grid. Only what is visible is drawn.
#pragma once

#include "widgets/tensor/tensor_data.h"

#include <QtWidgets/QTableView>

namespace espalier {

class PictureGridModel;

/// Arrows walk, Ctrl+wheel, + and − zoom, 0 gives the usual size. Tool tips say channel and range.
class PictureGrid : public QTableView {
    Q_OBJECT
public:
    explicit PictureGrid(QWidget *parent = nullptr);

    void setSheet(const PictureSheet &sheet);
    const PictureSheet &sheet() const;
    void setScale(ColourScale scale);
    ColourScale scale() const { return m_scale; }

    /// Pictures a row shows; sheets whose rows mean something keep theirs.
    int columns() const;
    int side() const { return m_side; } ///< px of a picture's longer side
    void setSide(int side);
    int currentPicture() const; ///< -1: none
    void setCurrentPicture(int index);
    QRect pictureRect(int index) const; ///< in the viewport

public slots:
    void zoomIn();
    void zoomOut();
    void resetZoom();

signals:
    void told(const QString &text);
    void currentPictureChanged(int index);

protected:
    bool viewportEvent(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void currentChanged(const QModelIndex &current, const QModelIndex &previous) override;

private:
    friend class PictureDelegate;
    void arrange();
    void recolour();
    QSize pictureSize() const;
    void tellAt(const QPoint &point);

    PictureGridModel *m_model;
    QImage m_coloured;
    ColourScale m_scale = ColourScale::Sequential;
    int m_side;
};

} // namespace espalier
