// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/panels/sample_picker.h"

#include "gui/engine_client/frame_request.h"
#include "gui/engine_client/text.h"
#include "widgets/common/figures.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QtGui/QScreen>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QLabel>
#include <QtWidgets/QListWidget>
#include <QtWidgets/QSpinBox>
#include <QtWidgets/QToolButton>

#include <algorithm>
#include <limits>

namespace espalier {
namespace {

constexpr int kPage = 48;
constexpr int kRowRole = Qt::UserRole;
constexpr int kImageRole = Qt::UserRole + 1;

} // namespace

SamplePicker::SamplePicker(EngineClient *engine, const QString &run, QWidget *parent)
    : QFrame(parent, Qt::Popup)
    , m_engine(engine)
    , m_run(run)
    , m_list(new QListWidget)
    , m_number(new QSpinBox)
    , m_back(new QToolButton)
    , m_on(new QToolButton)
    , m_place(new QLabel)
{
    const Theme &theme = Theme::current();
    setFrameShape(QFrame::StyledPanel);
    setObjectName(QStringLiteral("sample picker"));
    setAccessibleName(tr("Choose a sample"));
    m_list->setViewMode(QListView::IconMode);
    m_list->setMovement(QListView::Static);
    m_list->setResizeMode(QListView::Adjust);
    m_list->setUniformItemSizes(true);
    m_list->setIconSize({theme.px(44), theme.px(44)});
    m_list->setGridSize({theme.px(60), theme.px(72)});
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setAccessibleName(tr("Samples"));
    m_number->setRange(0, std::numeric_limits<int>::max());
    m_number->setAccessibleName(tr("Number of the sample"));
    m_number->setToolTip(tr("Its row in the data, from 0. Enter chooses it."));
    m_back->setIcon(icon(QStringLiteral("chevron-left")));
    m_back->setAccessibleName(tr("Samples before"));
    m_on->setIcon(icon(QStringLiteral("chevron-right")));
    m_on->setAccessibleName(tr("Samples after"));
    auto *row = new QHBoxLayout;
    row->addWidget(new QLabel(tr("Sample")));
    row->addWidget(m_number);
    row->addStretch();
    row->addWidget(m_back);
    row->addWidget(m_place);
    row->addWidget(m_on);
    auto *column = new QVBoxLayout(this);
    column->addLayout(row);
    column->addWidget(m_list, 1);
    resize(theme.px(420), theme.px(340));
    connect(m_list, &QListWidget::itemClicked, this,
            [this](const QListWidgetItem *item) { choose(item->data(kRowRole).toLongLong()); });
    connect(m_list, &QListWidget::itemActivated, this,
            [this](const QListWidgetItem *item) { choose(item->data(kRowRole).toLongLong()); });
    connect(m_number, &QSpinBox::editingFinished, this, [this] {
        if (m_number->hasFocus()) // Enter, not merely left
            choose(m_number->value());
    });
    connect(m_back, &QToolButton::clicked, this, [this] { showPage(m_first - kPage); });
    connect(m_on, &QToolButton::clicked, this, [this] { showPage(m_first + kPage); });
    engine->request(QStringLiteral("data.describe"), JsonValue::object().set("run", run.toStdString()), this,
                    [this](const Result<JsonValue> &described) {
                        if (described)
                            m_rows = (*described)["rows"]["count"].integer();
                        showPage(0);
                    });
}

void SamplePicker::openAt(const QPoint &global)
{
    QPoint at = global;
    if (const QScreen *screen = parentWidget()->screen()) {
        const QRect room = screen->availableGeometry();
        at.setX(std::clamp(at.x(), room.left(), std::max(room.left(), room.right() - width())));
        at.setY(std::clamp(at.y(), room.top(), std::max(room.top(), room.bottom() - height())));
    }
    move(at);
    show();
    m_list->setFocus(Qt::PopupFocusReason);
}

void SamplePicker::showPage(qint64 first)
{
    m_first = std::max<qint64>(0, m_rows > 0 ? std::min(first, (m_rows - 1) / kPage * kPage) : first);
    const qint64 end = m_rows > 0 ? std::min(m_rows, m_first + kPage) : m_first + kPage;
    m_back->setEnabled(m_first > 0);
    m_on->setEnabled(m_rows == 0 || end < m_rows);
    m_place->setText(tr("%1 to %2").arg(formatCount(m_first), formatCount(end - 1)));
    m_list->clear();
    JsonValue::Array rows;
    for (qint64 row = m_first; row < end; ++row) {
        auto *item = new QListWidgetItem(QString::number(row), m_list);
        item->setData(kRowRole, row);
        item->setToolTip(tr("Sample %1").arg(formatCount(row)));
        rows.emplace_back(static_cast<std::int64_t>(row));
    }
    m_list->setCurrentRow(0);
    requestFrames(
        m_engine, QStringLiteral("data.image"),
        JsonValue::object().set("run", m_run.toStdString()).set("rows", JsonValue(std::move(rows))), this,
        [this, from = m_first](const Result<JsonValue> &, const QList<AnswerFrame> &frames) {
            if (from != m_first)
                return; // turned on meanwhile; data without pictures keep their numbers
            for (const AnswerFrame &frame : frames) {
                QListWidgetItem *item = m_list->item(static_cast<int>(frame.header["row"].integer(-1) - from));
                const QImage picture = QImage::fromData(frame.bytes);
                if (!item || picture.isNull())
                    continue;
                const QString label = qString(frame.header["label"].string());
                item->setData(kImageRole, picture);
                item->setIcon(QPixmap::fromImage(
                    picture.scaled(m_list->iconSize() * 2, Qt::KeepAspectRatio, Qt::FastTransformation)));
                if (!label.isEmpty())
                    item->setToolTip(tr("Sample %1: %2").arg(formatCount(item->data(kRowRole).toLongLong()), label));
            }
        });
}

void SamplePicker::choose(qint64 row)
{
    QImage picture;
    if (const QListWidgetItem *item = m_list->item(static_cast<int>(row - m_first)))
        picture = item->data(kImageRole).value<QImage>();
    emit chosen(row, picture);
    close();
}

} // namespace espalier
