// SPDX-License-Identifier: GPL-3.0-or-later
// The pictures of a source, asked for by the page as somebody looks at them.
#pragma once

#include <QtCore/QAbstractListModel>
#include <QtCore/QHash>
#include <QtCore/QSet>
#include <QtGui/QPixmap>

namespace espalier {

class DataSubject;
class JsonValue;

class PicturesModel : public QAbstractListModel {
    Q_OBJECT
public:
    static constexpr int kPagePictures = 48;
    static constexpr int kMostKept = 4096;

    /// `subject` is borrowed. `side`: logical px of a picture's longer side.
    PicturesModel(DataSubject *subject, int side, QObject *parent = nullptr);

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;

signals:
    void pageCame();

private:
    struct Picture {
        QPixmap pixmap;
        QString label;
    };
    void reset();
    void ask(int page);
    void take(const JsonValue &header, const QByteArray &bytes);

    DataSubject *m_subject;
    int m_side;
    int m_rows = 0;
    QString m_column;
    QStringList m_labels; ///< names of the classes of the target
    QHash<int, Picture> m_pictures;
    QSet<int> m_asked; ///< pages
    QSet<qint64> m_requests;
    QMetaObject::Connection m_frames;
};

} // namespace espalier
