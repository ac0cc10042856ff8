// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/panels/inspector_panel.h"

#include "gui/document/block_edits.h"
#include "gui/document/edits.h"
#include "gui/document/studio_document.h"
#include "gui/engine_client/text.h"
#include "gui/models/document_sync.h"
#include "gui/panels/problem_box.h"
#include "gui/panels/property_source.h"
#include "gui/window/document_page.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"
#include "widgets/properties/property_editor.h"

#include <QtCore/QTimer>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QGridLayout>
#include <QtWidgets/QLabel>
#include <QtWidgets/QMenu>
#include <QtWidgets/QScrollArea>
#include <QtWidgets/QToolButton>
#include <QtWidgets/QVBoxLayout>

#include <algorithm>

namespace espalier {
namespace {

QLabel *heading(const QString &text, QWidget *parent)
{
    auto *label = new QLabel(text, parent);
    label->setFont(Theme::current().font(TextSize::Caption, TextWeight::Strong));
    label->setForegroundRole(QPalette::PlaceholderText);
    return label;
}

} // namespace

InspectorPanel::InspectorPanel(QWidget *parent)
    : QWidget(parent)
    , m_soon(new QTimer(this))
    , m_icon(new QLabel)
    , m_name(new QLabel)
    , m_help(new QLabel)
    , m_problemBox(new QVBoxLayout)
    , m_editor(new PropertyEditor)
    , m_expose(new QToolButton)
    , m_costBox(new QVBoxLayout)
    , m_content(new QWidget)
    , m_empty(new QLabel(tr("Select a layer to see what it is, set it, and read what it costs.")))
{
    const Theme &theme = Theme::current();
    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    auto *scroll = new QScrollArea(this);
    scroll->setAccessibleName(tr("Layer"));
    scroll->setFocusPolicy(Qt::NoFocus); // what is in it takes the keyboard
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    outer->addWidget(m_empty);
    outer->addWidget(scroll, 1);
    m_empty->setWordWrap(true);
    m_empty->setAlignment(Qt::AlignTop);
    m_empty->setMargin(theme.space(Space::Large));
    m_empty->setForegroundRole(QPalette::PlaceholderText);
    auto *column = new QVBoxLayout(m_content);
    const int margin = theme.space(Space::Large);
    column->setContentsMargins(margin, margin, margin, margin);
    column->setSpacing(theme.space(Space::Medium));
    auto *title = new QHBoxLayout;
    title->setSpacing(theme.space(Space::Small));
    title->addWidget(m_icon);
    title->addWidget(m_name, 1);
    m_name->setFont(theme.font(TextSize::Heading, TextWeight::Strong));
    m_name->setTextFormat(Qt::PlainText);
    m_name->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_help->setWordWrap(true);
    m_help->setForegroundRole(QPalette::PlaceholderText);
    column->addLayout(title);
    column->addLayout(m_problemBox);
    column->addWidget(m_help);
    column->addWidget(m_editor);
    column->addWidget(m_expose, 0, Qt::AlignLeft);
    column->addLayout(m_costBox);
    m_expose->setText(tr("Exposed parameters"));
    m_expose->setToolTip(tr("Which of these parameters each instance of the block may set for itself."));
    m_expose->setPopupMode(QToolButton::InstantPopup);
    m_expose->setMenu(new QMenu(m_expose));
    column->addStretch();
    scroll->setWidget(m_content);
    setFocusProxy(m_editor);
    m_soon->setSingleShot(true);
    m_soon->setInterval(0);
    connect(m_soon, &QTimer::timeout, this, &InspectorPanel::refresh);
    connect(m_editor, &PropertyEditor::changeRequested, this, [this](const QString &name, const QJsonValue &value) {
        if (m_page)
            m_page->run(setParam(m_page->editContext(), m_page->selectedNodes(), name.toStdString(), fromQt(value)),
                        false);
    });
    connect(m_editor, &PropertyEditor::browseRequested, this, &InspectorPanel::browse);
    connect(m_editor, &PropertyEditor::resetRequested, this, [this](const QString &name) {
        if (m_page)
            m_page->run(resetParam(m_page->editContext(), m_page->selectedNodes(), name.toStdString()), false);
    });
    refresh();
}

void InspectorPanel::setPage(DocumentPage *page)
{
    if (m_page) {
        for (QObject *source : {static_cast<QObject *>(m_page), static_cast<QObject *>(m_page->document()),
                                static_cast<QObject *>(m_page->sync())})
            source->disconnect(m_soon);
    }
    m_page = page;
    if (page) {
        const auto soon = [this] { m_soon->start(); };
        connect(page, &DocumentPage::selectionChanged, m_soon, soon);
        connect(page->document(), &StudioDocument::changed, m_soon, soon);
        connect(page->document(), &StudioDocument::readOnlyChanged, m_soon, soon);
        connect(page->sync(), &DocumentSync::answersChanged, m_soon, soon);
    }
    refresh();
}

std::vector<const DocumentNode *> InspectorPanel::selected() const
{
    std::vector<const DocumentNode *> nodes;
    const DocumentGraph *graph = m_page ? m_page->document()->document().findGraph(m_page->graph()) : nullptr;
    if (graph)
        for (const std::string &id : m_page->selectedNodes())
            if (const DocumentNode *node = graph->findNode(id))
                nodes.push_back(node);
    return nodes;
}

void InspectorPanel::refresh()
{
    const auto nodes = selected();
    m_empty->setVisible(nodes.empty());
    m_content->setVisible(!nodes.empty());
    if (nodes.empty()) {
        m_editor->setProperties({});
        return;
    }
    showHead(nodes);
    showProblems(nodes);
    showProperties(nodes);
    showExposed(nodes);
    showCosts(nodes);
}

void InspectorPanel::showHead(const std::vector<const DocumentNode *> &nodes)
{
    const Presented from{m_page->document()->document(), m_page->catalogue(), m_page->answers()};
    const Theme &theme = Theme::current();
    const DocumentGraph &graph = *m_page->document()->document().findGraph(m_page->graph());
    const GraphNode shown = presentNode(from, graph, *nodes.front());
    m_icon->setPixmap(
        categoryPixmap(shown.icon, theme.category(shown.category), theme.sizes.icon, devicePixelRatioF()));
    if (nodes.size() > 1) {
        m_name->setText(tr("%1 layers").arg(nodes.size()));
        m_help->setText(tr("What they have in common is set for all of them at once."));
        return;
    }
    m_name->setText(shown.name);
    const LayerInfo *layer = m_page->catalogue().find(nodes.front()->kind);
    m_help->setText(layer ? kindTitle(from, nodes.front()->kind) + QStringLiteral(". ")
                            + QCoreApplication::translate("schema", layer->help.c_str())
                          : shown.caption);
}

void InspectorPanel::showProblems(const std::vector<const DocumentNode *> &nodes)
{
    clear(m_problemBox);
    if (nodes.size() > 1)
        return;
    const NodeAnswer *answer = m_page->answers().node(qString(nodes.front()->id));
    if (!answer)
        return;
    for (const int index : answer->problems) {
        auto *box = new ProblemBox(m_page->answers().problems[index], m_content);
        connect(box, &ProblemBox::fixChosen, this,
                [this](const Fix &fix, const Place &where) { m_page->applyFix(fix, where); });
        m_problemBox->addWidget(box);
    }
}

void InspectorPanel::showProperties(const std::vector<const DocumentNode *> &nodes)
{
    std::vector<std::vector<ParamInfo>> schemas;
    std::vector<const JsonValue *> params;
    QString subject;
    const Document &document = m_page->document()->document();
    for (const DocumentNode *node : nodes) {
        const std::string_view block = blockIdOf(node->kind);
        const LayerInfo *layer = m_page->catalogue().find(node->kind);
        schemas.push_back(!block.empty() ? instanceParams(document, m_page->catalogue(), block)
                              : layer    ? layer->params
                                         : std::vector<ParamInfo>());
        params.push_back(&node->params);
        subject += qString(node->id);
    }
    QList<Property> rows = commonProperties(schemas, params);
    const NodeAnswer *answer = nodes.size() == 1 ? m_page->answers().node(qString(nodes.front()->id)) : nullptr;
    for (Property &row : rows) {
        row.isEnabled = !m_page->document()->isReadOnly();
        for (const int index : answer ? answer->problems : QList<int>())
            if (const Error &problem = m_page->answers().problems[index]; row.name == qString(problem.where.parameter))
                row.problem = text(problem);
    }
    m_editor->setProperties(rows, subject);
}

void InspectorPanel::browse(const QString &name)
{
    const QString path = QFileDialog::getOpenFileName(this, tr("Choose a file"));
    if (m_page && !path.isEmpty())
        m_page->run(setParam(m_page->editContext(), m_page->selectedNodes(), name.toStdString(), path.toStdString()),
                    false);
}

void InspectorPanel::showExposed(const std::vector<const DocumentNode *> &nodes)
{
    QMenu *menu = m_expose->menu();
    menu->clear();
    const LayerInfo *layer = nodes.size() == 1 ? m_page->catalogue().find(nodes.front()->kind) : nullptr;
    const DocumentGraph *block = m_page->document()->document().findGraph(m_page->graph());
    m_expose->setVisible(m_page->isInBlock() && layer && !layer->params.empty() && block);
    if (m_expose->isHidden())
        return;
    const std::vector<ExposedParam> exposed = exposedOf(*block);
    for (const ParamInfo &param : layer->params) {
        const std::string node = nodes.front()->id;
        const bool isExposed = std::any_of(exposed.begin(), exposed.end(), [&](const ExposedParam &each) {
            return each.node == node && each.param == param.name;
        });
        QAction *action = menu->addAction(qString(param.label));
        action->setCheckable(true);
        action->setChecked(isExposed);
        connect(action, &QAction::triggered, this, [this, node, name = param.name, isExposed] {
            const EditContext context = m_page->editContext();
            m_page->run(isExposed ? unexpose(context, node, name) : expose(context, node, name), false);
        });
    }
}

void InspectorPanel::showCosts(const std::vector<const DocumentNode *> &nodes)
{
    clear(m_costBox);
    const NodeAnswer *answer = nodes.size() == 1 ? m_page->answers().node(qString(nodes.front()->id)) : nullptr;
    if (!answer)
        return;
    const QList<CostRow> rows = costRows(*answer);
    if (rows.isEmpty())
        return;
    const Theme &theme = Theme::current();
    m_costBox->addWidget(heading(tr("Costs"), m_content));
    auto *box = new QWidget(m_content);
    auto *grid = new QGridLayout(box);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setVerticalSpacing(theme.space(Space::Tiny));
    int line = 0;
    for (const CostRow &row : rows) {
        auto *label = new QLabel(row.label, box);
        label->setForegroundRole(QPalette::PlaceholderText);
        auto *value = new QLabel(row.value, box);
        value->setAlignment(Qt::AlignRight);
        value->setTextInteractionFlags(Qt::TextSelectableByMouse);
        for (QLabel *each : {label, value})
            each->setToolTip(row.tip);
        grid->addWidget(label, line, 0);
        grid->addWidget(value, line++, 1);
    }
    m_costBox->addWidget(box);
}

void InspectorPanel::clear(QVBoxLayout *box)
{
    while (QLayoutItem *item = box->takeAt(0)) {
        if (item->widget()) {
            item->widget()->hide();
            item->widget()->deleteLater(); // a fix's button may be the one that was clicked
        }
        delete item;
    }
}

} // namespace espalier
