// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/lists/quick_add.h"

#include "widgets/common/theme.h"
#include "widgets/lists/item_model.h"

#include <QtGui/QKeyEvent>
#include <QtGui/QPainter>
#include <QtGui/QScreen>
#include <QtWidgets/QLabel>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QListView>
#include <QtWidgets/QVBoxLayout>

namespace espalier {
namespace {

constexpr int kWidth = 280;
constexpr int kRows = 10;
constexpr int kHelpLines = 2;

} // namespace

QuickAdd::QuickAdd(QWidget *parent)
    : QFrame(parent, Qt::Popup | Qt::FramelessWindowHint)
    , m_search(new QLineEdit(this))
    , m_list(new QListView(this))
    , m_help(new QLabel(this))
    , m_model(new ItemModel(this))
{
    setObjectName(QStringLiteral("quick add"));
    setAccessibleName(tr("Add"));
    const Theme &theme = Theme::current();
    auto *column = new QVBoxLayout(this);
    const int gap = theme.space(Space::Small);
    column->setContentsMargins(1, gap, 1, gap);
    column->setSpacing(gap);
    auto *field = new QHBoxLayout;
    field->setContentsMargins(gap, 0, gap, 0);
    field->addWidget(m_search);
    column->addLayout(field);
    column->addWidget(m_list, 1);
    column->addWidget(m_help);
    setFixedWidth(theme.px(kWidth));
    m_list->setFixedHeight(kRows * theme.sizes.row);
    m_list->setModel(m_model);
    m_list->setItemDelegate(new ItemDelegate(m_list));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setUniformItemSizes(true);
    m_list->setMouseTracking(true);
    m_list->setFocusPolicy(Qt::NoFocus); // the field keeps the keyboard
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setAccessibleName(tr("Found"));
    m_help->setFont(theme.font(TextSize::Caption));
    m_help->setForegroundRole(QPalette::PlaceholderText);
    m_help->setWordWrap(true);
    m_help->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_help->setContentsMargins(theme.space(Space::Medium), 0, theme.space(Space::Medium), 0);
    m_help->setFixedHeight(kHelpLines * QFontMetrics(m_help->font()).lineSpacing() + 4);
    m_model->setHasHeadings(false);
    m_search->setAccessibleName(tr("Search"));
    m_search->setPlaceholderText(tr("Search"));
    m_search->installEventFilter(this);
    setFocusProxy(m_search);
    connect(m_search, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_model->setQuery(text);
        m_list->setCurrentIndex(m_model->index(0));
        updateHelp();
    });
    connect(m_list, &QListView::clicked, this, [this] { choose(); });
    connect(m_list, &QListView::entered, this, [this](const QModelIndex &index) {
        m_list->setCurrentIndex(index);
        updateHelp();
    });
}

void QuickAdd::setItems(const QList<ListItem> &items)
{
    m_model->setItems(items);
    m_list->setCurrentIndex(m_model->index(0));
    updateHelp();
}

void QuickAdd::setPlaceholder(const QString &text)
{
    m_search->setPlaceholderText(text);
}

void QuickAdd::popUp(const QPoint &global)
{
    adjustSize();
    QRect place(global - QPoint(width() / 8, Theme::current().sizes.control), size());
    if (const QScreen *on = parentWidget() ? parentWidget()->screen() : screen()) {
        const QRect room = on->availableGeometry();
        place.moveRight(qMin(place.right(), room.right()));
        place.moveBottom(qMin(place.bottom(), room.bottom()));
        place.moveLeft(qMax(place.left(), room.left()));
        place.moveTop(qMax(place.top(), room.top()));
    }
    QFrame::move(place.topLeft());
    show();
    m_search->setFocus(Qt::PopupFocusReason);
}

void QuickAdd::updateHelp()
{
    const QModelIndex current = m_list->currentIndex();
    m_help->setText(current.isValid() ? current.data(ItemModel::HelpRole).toString() : tr("Nothing is called that."));
}

void QuickAdd::choose()
{
    const QModelIndex current = m_list->currentIndex();
    if (!current.isValid())
        return;
    const QString id = current.data(ItemModel::IdRole).toString();
    hide(); // the keyboard goes back before anybody acts
    emit chosen(id);
    close();
}

void QuickAdd::move(int rows)
{
    const int last = m_model->rowCount() - 1;
    if (last < 0)
        return;
    m_list->setCurrentIndex(m_model->index(qBound(0, m_list->currentIndex().row() + rows, last)));
    m_list->scrollTo(m_list->currentIndex());
    updateHelp();
}

bool QuickAdd::eventFilter(QObject *watched, QEvent *event)
{
    if (watched != m_search || event->type() != QEvent::KeyPress)
        return QFrame::eventFilter(watched, event);
    switch (static_cast<QKeyEvent *>(event)->key()) {
    case Qt::Key_Down:
        move(1);
        return true;
    case Qt::Key_Up:
        move(-1);
        return true;
    case Qt::Key_PageDown:
        move(kRows);
        return true;
    case Qt::Key_PageUp:
        move(-kRows);
        return true;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Tab:
        choose();
        return true;
    case Qt::Key_Escape:
        close();
        return true;
    default:
        return false;
    }
}

void QuickAdd::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QPainter painter(this);
    painter.fillRect(rect(), theme.panel);
    painter.setPen(theme.edge);
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

} // namespace espalier
