// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/data_panel/pictures_model.h"

#include "gui/data_panel/data_subject.h"
#include "gui/engine_client/engine_client.h"
#include "gui/models/document_sync.h"
#include "gui/window/document_page.h"

#include <QtGui/QFontMetrics>
#include <QtGui/QGuiApplication>

#include <algorithm>

namespace espalier {

PicturesModel::PicturesModel(DataSubject *subject, int side, QObject *parent)
    : QAbstractListModel(parent)
    , m_subject(subject)
    , m_side(side)
{
    connect(subject, &DataSubject::described, this, &PicturesModel::reset);
    connect(subject, &DataSubject::sourceChanged, this, &PicturesModel::reset);
}

void PicturesModel::reset()
{
    beginResetModel();
    m_pictures.clear();
    m_asked.clear();
    m_requests.clear();
    m_rows = 0;
    m_labels.clear();
    for (const DataColumn &column : m_subject->columns()) {
        if (column.isPicture() && m_rows == 0) {
            m_column = column.name;
            m_rows = static_cast<int>(std::min<qint64>(m_subject->rows().count, kMostKept));
        }
        if (column.isTarget)
            m_labels = column.labels;
    }
    disconnect(m_frames);
    if (m_rows > 0 && m_subject->page())
        m_frames = connect(m_subject->page()->sync()->engine(), &EngineClient::binary, this, &PicturesModel::take);
    endResetModel();
}

int PicturesModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : m_rows;
}

QVariant PicturesModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid())
        return {};
    const auto found = m_pictures.constFind(index.row());
    switch (role) {
    case Qt::DecorationRole:
        if (found == m_pictures.constEnd()) {
            const_cast<PicturesModel *>(this)->ask(index.row() / kPagePictures); // views ask by const calls
            return {};
        }
        return found->pixmap;
    case Qt::SizeHintRole: // the same before a picture came: the view measures the first item and believes it
        return QSize(m_side, m_side + QFontMetrics(QGuiApplication::font()).height());
    case Qt::DisplayRole:
        return found == m_pictures.constEnd() ? QString() : found->label;
    case Qt::AccessibleTextRole:
    case Qt::ToolTipRole:
        return found == m_pictures.constEnd() || found->label.isEmpty()
            ? tr("Picture %1").arg(index.row() + 1)
            : tr("Picture %1: %2").arg(index.row() + 1).arg(found->label);
    default:
        return {};
    }
}

void PicturesModel::ask(int page)
{
    if (m_asked.contains(page))
        return;
    m_asked.insert(page);
    JsonValue rows = JsonValue::array();
    for (int row = page * kPagePictures; row < std::min(m_rows, (page + 1) * kPagePictures); ++row)
        rows.append(row);
    JsonValue params = JsonValue::object();
    params.set("column", m_column.toStdString()).set("rows", std::move(rows));
    const qint64 id = m_subject->ask(QStringLiteral("data.image"), std::move(params), this,
                                     [this](const Result<JsonValue> &) { emit pageCame(); });
    m_requests.insert(id);
}

void PicturesModel::take(const JsonValue &header, const QByteArray &bytes)
{
    if (!m_requests.contains(header["id"].integer(-1)))
        return;
    const int row = static_cast<int>(header["row"].integer(-1));
    QPixmap picture;
    if (row < 0 || row >= m_rows || !picture.loadFromData(bytes, "PNG"))
        return;
    const bool isSmall = std::max(picture.width(), picture.height()) < m_side;
    const auto label = static_cast<qsizetype>(header["label"].integer(-1));
    m_pictures.insert(row,
                      {picture.scaled(m_side, m_side, Qt::KeepAspectRatio,
                                      isSmall ? Qt::FastTransformation : Qt::SmoothTransformation),
                       label >= 0 && label < m_labels.size() ? m_labels[label]
                           : label >= 0                      ? QString::number(label)
                                                             : QString()});
    emit dataChanged(index(row), index(row));
}

} // namespace espalier
