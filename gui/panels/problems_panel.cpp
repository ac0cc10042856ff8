// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/panels/problems_panel.h"

#include "gui/document/studio_document.h"
#include "gui/engine_client/text.h"
#include "gui/models/document_sync.h"
#include "gui/window/document_page.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QLabel>
#include <QtWidgets/QListWidget>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QStackedWidget>
#include <QtWidgets/QVBoxLayout>

namespace espalier {
namespace {

constexpr int kMostShown = 200; ///< a broken import can have thousands; the first ones are what one mends

QString placeText(const DocumentPage &page, const Error &problem)
{
    const DocumentGraph *graph
        = page.document()->document().findGraph(problem.where.graph.empty() ? "root" : problem.where.graph);
    const DocumentNode *node = graph ? graph->findNode(problem.where.node) : nullptr;
    if (!node)
        return {};
    QString text = qString(node->name);
    if (graph->id != "root")
        text = qString(graph->name) + QStringLiteral(" › ") + text;
    return text;
}

} // namespace

ProblemsPanel::ProblemsPanel(QWidget *parent)
    : QWidget(parent)
    , m_stack(new QStackedWidget(this))
    , m_list(new QListWidget(m_stack))
    , m_none(new QLabel(m_stack))
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_stack);
    m_stack->addWidget(m_none);
    m_stack->addWidget(m_list);
    m_list->setAccessibleName(tr("Problems"));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_none->setAlignment(Qt::AlignCenter);
    m_none->setForegroundRole(QPalette::PlaceholderText);
    connect(m_list, &QListWidget::itemActivated, this, [this] { jump(m_list->currentRow()); });
    connect(m_list, &QListWidget::itemClicked, this, [this] { jump(m_list->currentRow()); });
    refresh();
}

void ProblemsPanel::setPage(DocumentPage *page)
{
    if (m_page)
        m_page->sync()->disconnect(this);
    m_page = page;
    if (page)
        connect(page->sync(), &DocumentSync::answersChanged, this, &ProblemsPanel::refresh);
    refresh();
}

void ProblemsPanel::refresh()
{
    const QList<Error> problems = m_page ? m_page->answers().problems : QList<Error>();
    const bool isChecked = m_page && m_page->answers().version >= 0;
    m_none->setText(!m_page ? tr("No drawing is open.") : isChecked ? tr("✓ No problems") : tr("Checking…"));
    m_stack->setCurrentIndex(problems.isEmpty() ? 0 : 1);
    setFocusProxy(problems.isEmpty() ? nullptr : m_list); // a hidden proxy would swallow the Tab key
    if (problems == m_problems)
        return; // an answer that says the same must not take the focus from a button
    m_problems = problems;
    const int row = m_list->currentRow();
    m_list->clear();
    for (const Error &problem : m_problems.mid(0, kMostShown)) {
        auto *item = new QListWidgetItem(m_list);
        item->setData(Qt::AccessibleTextRole, text(problem));
        QWidget *widget = makeRow(problem);
        item->setSizeHint(widget->sizeHint());
        m_list->setItemWidget(item, widget);
    }
    m_list->setCurrentRow(qMin(row, m_list->count() - 1));
}

QWidget *ProblemsPanel::makeRow(const Error &problem)
{
    const Theme &theme = Theme::current();
    auto *row = new QWidget(m_list);
    auto *line = new QHBoxLayout(row);
    line->setContentsMargins(theme.space(Space::Medium), theme.space(Space::Tiny), theme.space(Space::Medium),
                             theme.space(Space::Tiny));
    line->setSpacing(theme.space(Space::Small));
    auto *mark = new QLabel(row);
    mark->setPixmap(iconPixmap(QStringLiteral("error"), theme.error, theme.sizes.icon, devicePixelRatioF()));
    mark->setAccessibleName(tr("Problem"));
    line->addWidget(mark);
    if (const QString place = placeText(*m_page, problem); !place.isEmpty()) {
        auto *where = new QLabel(place, row);
        where->setFont(theme.font(TextSize::Body, TextWeight::Strong));
        line->addWidget(where);
    }
    auto *sentence = new QLabel(text(problem), row);
    sentence->setWordWrap(true);
    sentence->setTextFormat(Qt::PlainText);
    line->addWidget(sentence, 1);
    for (const Fix &fix : problem.fixes) {
        auto *button = new QPushButton(text(fix), row);
        connect(button, &QPushButton::clicked, this,
                [this, fix, where = problem.where] { m_page->applyFix(fix, where); });
        line->addWidget(button);
    }
    return row;
}

void ProblemsPanel::jump(int row)
{
    if (!m_page || row < 0 || row >= m_problems.size())
        return;
    const Place &where = m_problems[row].where;
    if (!where.node.empty())
        m_page->reveal(where.graph.empty() ? "root" : where.graph, qString(where.node));
}

void ProblemsPanel::showNext()
{
    if (m_problems.isEmpty())
        return;
    m_list->setCurrentRow((m_list->currentRow() + 1) % m_list->count());
    jump(m_list->currentRow());
}

} // namespace espalier
