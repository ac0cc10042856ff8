// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/data_panel/data_panel.h"

#include "gui/data_panel/data_adder.h"
#include "gui/data_panel/data_preview.h"
#include "gui/data_panel/data_subject.h"
#include "gui/data_panel/data_welcome.h"
#include "gui/data_panel/source_box.h"
#include "gui/document/data_edits.h"
#include "gui/document/studio_document.h"
#include "gui/engine_client/text.h"
#include "gui/models/graph_presenter.h"
#include "gui/panels/problem_box.h"
#include "gui/window/document_page.h"
#include "widgets/common/style.h"
#include "widgets/common/theme.h"
#include "widgets/common/tone_label.h"
#include "widgets/properties/property_editor.h"

#include <QtGui/QKeyEvent>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QScrollArea>
#include <QtWidgets/QVBoxLayout>

#include <algorithm>

namespace espalier {
namespace {

constexpr int kWide = 760; ///< px from which the parts stand beside each other
constexpr int kBoxWidth = 320;

} // namespace

DataPanel::DataPanel(QWidget *parent)
    : QWidget(parent)
    , m_subject(new DataSubject(this))
    , m_adder(new DataAdder(this))
    , m_empty(new ToneLabel(tr("The data that a drawing learns from stand here once one is open."), Tone::Muted))
    , m_back(new QPushButton(tr("Back to the drawing")))
    , m_welcome(new DataWelcome(m_adder))
    , m_content(new QWidget)
    , m_parts(new QBoxLayout(QBoxLayout::TopToBottom, m_content))
    , m_box(new SourceBox(m_subject, m_adder))
    , m_preview(new DataPreview(m_subject))
    , m_problemBox(new QVBoxLayout)
    , m_propose(new QPushButton(tr("Add input, output and loss")))
    , m_proposed(new ToneLabel({}, Tone::Muted, TextSize::Caption))
{
    const Theme &theme = Theme::current();
    const int margin = theme.space(Space::Large);
    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    m_empty->setWordWrap(true);
    m_empty->setMargin(margin);
    m_empty->setAlignment(Qt::AlignTop);
    outer->addWidget(m_empty);
    auto *scroll = new QScrollArea(this);
    scroll->setAccessibleName(tr("Data"));
    scroll->setFocusPolicy(Qt::NoFocus); // what is in it takes the keyboard
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto *all = new QWidget;
    auto *column = new QVBoxLayout(all);
    column->setContentsMargins(margin, margin, margin, margin);
    column->setSpacing(theme.space(Space::Medium));
    column->addWidget(m_back, 0, Qt::AlignLeft);
    column->addLayout(m_problemBox);
    column->addWidget(m_welcome);
    column->addWidget(m_content, 1);
    m_parts->setContentsMargins(0, 0, 0, 0);
    m_parts->setSpacing(theme.space(Space::Large));
    auto *inner = new QVBoxLayout;
    inner->setSpacing(theme.space(Space::Medium));
    inner->addWidget(m_box);
    m_proposed->setWordWrap(true);
    inner->addWidget(m_propose, 0, Qt::AlignLeft);
    inner->addWidget(m_proposed);
    inner->addStretch();
    m_parts->addLayout(inner);
    m_parts->addWidget(m_preview, 1);
    scroll->setWidget(all);
    outer->addWidget(scroll, 1);
    connect(m_subject, &DataSubject::sourceChanged, this, &DataPanel::refresh);
    connect(m_subject, &DataSubject::described, this, &DataPanel::showAnswers);
    connect(m_preview, &DataPreview::findingsChanged, this, &DataPanel::showAnswers);
    connect(m_adder, &DataAdder::added, m_subject, &DataSubject::setSource);
    connect(m_adder, &DataAdder::refused, this, [this](const Error &problem) { showProblems({problem}); });
    m_back->hide();
    connect(m_back, &QPushButton::clicked, this, &DataPanel::backRequested);
    connect(m_propose, &QPushButton::clicked, this, &DataPanel::addToDrawing);
    refresh();
}

void DataPanel::setSchema(const JsonValue &sources)
{
    m_adder->setKinds(sourceKindsFromJson(sources));
    refresh();
}

void DataPanel::setPage(DocumentPage *page)
{
    if (m_page)
        m_page->document()->disconnect(this);
    m_page = page;
    m_adder->setPage(page);
    m_subject->setPage(page);
    if (page) {
        connect(page->document(), &StudioDocument::changed, this, &DataPanel::refresh);
        connect(page->document(), &StudioDocument::reset, this, &DataPanel::refresh);
        connect(page->document(), &StudioDocument::readOnlyChanged, this, &DataPanel::refresh);
    }
    refresh();
}

PropertyEditor *DataPanel::editor() const
{
    return m_box->editor();
}

void DataPanel::showSource(const QString &idOrName)
{
    if (!m_page)
        return;
    for (const JsonValue &source : m_page->document()->document().data["sources"].items())
        if (qString(source["id"].string()) == idOrName || qString(source["name"].string()) == idOrName)
            m_subject->setSource(qString(source["id"].string()));
}

void DataPanel::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    m_subject->setActive(true);
}

void DataPanel::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    m_subject->setActive(false);
}

void DataPanel::setAlone(bool isAlone)
{
    m_back->setVisible(isAlone);
}

void DataPanel::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape && !m_back->isHidden())
        emit backRequested();
    else
        QWidget::keyPressEvent(event);
}

void DataPanel::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    const bool isWide = width() >= Theme::current().px(kWide);
    m_parts->setDirection(isWide ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
    m_box->setMaximumWidth(isWide ? Theme::current().px(kBoxWidth) : QWIDGETSIZE_MAX);
    m_preview->setWide(isWide);
}

void DataPanel::refresh()
{
    const bool hasData = !m_subject->source().isEmpty();
    m_empty->setVisible(!m_page);
    m_welcome->setVisible(m_page && !hasData);
    m_content->setVisible(m_page && hasData);
    if (m_page)
        m_welcome->refresh(!m_page->document()->isReadOnly());
    m_box->refresh();
    m_preview->refresh();
    setFocusProxy(!m_page ? nullptr : hasData ? m_box->first() : m_welcome->first());
    showAnswers();
}

void DataPanel::showAnswers()
{
    if (!m_page)
        return;
    QList<Error> problems;
    if (m_subject->problem())
        problems.append(*m_subject->problem());
    problems.append(m_preview->findings());
    showProblems(problems);
    const JsonValue &proposal = m_subject->proposal();
    QStringList words;
    for (const JsonValue &node : proposal["nodes"].items()) {
        const Presented from{m_page->document()->document(), m_page->catalogue(), m_page->answers()};
        words.append(kindTitle(from, node["kind"].string()));
    }
    m_propose->setEnabled(!words.isEmpty() && !m_page->document()->isReadOnly());
    m_propose->setProperty(kAccentProperty, !isDrawn()); // the one thing to do next, until it is done
    m_propose->update();
    m_proposed->setText(words.isEmpty() ? QString() : words.join(QStringLiteral(" → ")));
}

bool DataPanel::isDrawn() const
{
    const Document &document = m_page->document()->document();
    const JsonValue &source = sourceOf(document, m_subject->source().toStdString());
    return std::any_of(document.graph.nodes.begin(), document.graph.nodes.end(), [&](const DocumentNode &node) {
        const std::string &bound = node.params["source"].string();
        return node.kind == "Input" && !bound.empty()
            && (bound == source["name"].string() || bound == source["id"].string());
    });
}

void DataPanel::showProblems(const QList<Error> &problems)
{
    while (QLayoutItem *item = m_problemBox->takeAt(0)) {
        if (item->widget()) {
            item->widget()->hide();
            item->widget()->deleteLater(); // a fix's button may be the one that was clicked
        }
        delete item;
    }
    for (const Error &problem : problems) {
        auto *box = new ProblemBox(problem, this);
        connect(box, &ProblemBox::fixChosen, this, [this](const Fix &fix, const Place &where) {
            if (m_page)
                m_page->applyFix(fix, where);
        });
        m_problemBox->addWidget(box);
    }
}

void DataPanel::addToDrawing()
{
    if (!m_page)
        return;
    m_page->showGraph("root");
    m_page->run(addProposal(m_page->editContext(), m_subject->source().toStdString(), m_subject->proposal()));
}

} // namespace espalier
