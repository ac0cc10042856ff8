// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/lists/quick_add.h"

#include "widgets/common/icons.h"
#include "widgets/common/theme.h"
#include "widgets/lists/entry_delegate.h"
#include "widgets/lists/entry_model.h"
#include "widgets/lists/entry_tree.h"
#include "widgets/lists/ranking.h"

#include <QtGui/QGuiApplication>
#include <QtGui/QKeyEvent>
#include <QtGui/QPainter>
#include <QtGui/QScreen>
#include <QtWidgets/QLabel>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

constexpr int kWidth = 320; // px at a 13 px font
constexpr int kRows = 9;

QPoint onScreen(QPoint at, const QSize &size)
{
    const QScreen *screen = QGuiApplication::screenAt(at);
    if (!screen)
        screen = QGuiApplication::primaryScreen();
    if (!screen)
        return at;
    const int gap = Theme::current().space(Space::Small);
    const QRect room = screen->availableGeometry().adjusted(gap, gap, -gap, -gap);
    at.setX(std::clamp(at.x(), room.left(), std::max(room.left(), room.right() - size.width())));
    at.setY(std::clamp(at.y(), room.top(), std::max(room.top(), room.bottom() - size.height())));
    return at;
}

} // namespace

QuickAdd::QuickAdd(QWidget *parent)
    : QFrame(parent, Qt::Popup)
    , m_caption(new QLabel(this))
    , m_search(new QLineEdit(this))
    , m_model(new EntryModel(this))
    , m_view(new EntryTree(this))
    , m_help(new QLabel(this))
{
    setAccessibleName(tr("Add"));
    m_search->setPlaceholderText(tr("Add…"));
    m_search->setAccessibleName(tr("Search for what to add"));
    m_search->addAction(icon(u"search"_s), QLineEdit::LeadingPosition);
    m_search->installEventFilter(this);
    m_view->setModel(m_model);
    m_view->setFocusPolicy(Qt::NoFocus);
    m_view->setDragEnabled(false);
    m_view->setAccessibleName(tr("Matches"));
    if (auto *delegate = qobject_cast<EntryDelegate *>(m_view->itemDelegate()))
        delegate->setShowsCategory(true);
    m_help->setWordWrap(true);
    m_help->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_caption->hide();
    auto *column = new QVBoxLayout(this);
    for (QWidget *each : QList<QWidget *>{m_caption, m_search, m_view, m_help})
        column->addWidget(each);
    connect(m_search, &QLineEdit::textChanged, this, &QuickAdd::showMatches);
    connect(m_view, &QTreeView::clicked, this, &QuickAdd::take);
    connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this, &QuickAdd::showHelp);
}

void QuickAdd::setEntries(const QList<ListEntry> &entries)
{
    m_entries = entries;
}

void QuickAdd::setRecent(const QStringList &ids)
{
    m_recent = ids;
}

void QuickAdd::open(const QPoint &globalPosition, const Filter &filter, const QString &caption)
{
    const Theme &theme = Theme::current();
    const int gap = theme.space(Space::Small);
    layout()->setContentsMargins(gap, gap, gap, gap);
    layout()->setSpacing(theme.space(Space::Tiny));
    for (QLabel *label : {m_caption, m_help}) {
        label->setFont(theme.font(TextSize::Caption));
        QPalette palette = theme.palette();
        palette.setColor(QPalette::WindowText, theme.muted);
        label->setPalette(palette);
    }
    QPalette ground = theme.palette();
    ground.setColor(QPalette::Base, theme.raised);
    m_view->setPalette(ground);
    m_filter = filter;
    m_hasChosen = false;
    m_caption->setText(caption);
    m_caption->setVisible(!caption.isEmpty());
    m_help->setFixedHeight(2 * QFontMetrics(m_help->font()).lineSpacing() + theme.space(Space::Tiny));
    m_view->setFixedHeight(kRows * theme.sizes.row);
    setFixedWidth(theme.px(kWidth));
    m_search->clear();
    showMatches();
    adjustSize();
    move(onScreen(globalPosition, size()));
    show();
    m_search->setFocus(Qt::PopupFocusReason);
}

QList<ListEntry> QuickAdd::offered() const
{
    QList<ListEntry> entries;
    std::copy_if(m_entries.begin(), m_entries.end(), std::back_inserter(entries),
                 [&](const ListEntry &entry) { return !m_filter || m_filter(entry); });
    const auto place = [&](const ListEntry &entry) {
        const qsizetype at = m_recent.indexOf(entry.id);
        return at < 0 ? m_recent.size() : at;
    };
    std::stable_sort(entries.begin(), entries.end(),
                     [&](const ListEntry &a, const ListEntry &b) { return place(a) < place(b); });
    return entries;
}

void QuickAdd::showMatches()
{
    const QList<ListEntry> entries = offered();
    QList<ListEntry> matches;
    for (const int index : ranked(m_search->text(), entries))
        matches.append(entries[index]);
    m_view->setEmptyText(entries.isEmpty()
                             ? tr("Nothing fits here.")
                             : tr("Nothing here is called “%1”.").arg(m_search->text().trimmed().left(40)));
    m_model->showFlat(matches);
    m_view->chooseFirst();
    showHelp();
}

void QuickAdd::showHelp()
{
    m_help->setText(m_view->currentIndex().data(Qt::ToolTipRole).toString());
}

void QuickAdd::take()
{
    const QString id = m_view->currentId();
    if (id.isEmpty())
        return;
    m_hasChosen = true;
    hide();
    emit chosen(id);
}

void QuickAdd::hideEvent(QHideEvent *event)
{
    QFrame::hideEvent(event);
    if (!m_hasChosen)
        emit cancelled();
}

void QuickAdd::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QPainter painter(this);
    painter.fillRect(rect(), theme.edge);
    painter.fillRect(rect().adjusted(1, 1, -1, -1), theme.raised);
}

bool QuickAdd::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_search && event->type() == QEvent::ShortcutOverride) {
        // The popup belongs to a view whose shortcuts may be single keys: what is pressed here is meant here.
        const Qt::KeyboardModifiers modifiers = static_cast<QKeyEvent *>(event)->modifiers();
        if (!(modifiers & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier))) {
            event->accept();
            return true;
        }
    }
    if (watched != m_search || event->type() != QEvent::KeyPress)
        return QFrame::eventFilter(watched, event);
    switch (static_cast<QKeyEvent *>(event)->key()) {
    case Qt::Key_Down:
    case Qt::Key_Tab:
        m_view->step(1);
        return true;
    case Qt::Key_Up:
    case Qt::Key_Backtab:
        m_view->step(-1);
        return true;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        take();
        return true;
    case Qt::Key_Escape:
        hide();
        return true;
    default:
        return false;
    }
}

} // namespace espalier
