// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/engine_client/text.h"
#include "gui/models/focus.h"
#include "gui/panels/predictions_panel.h"
#include "gui/window/document_page.h"
#include "widgets/common/theme.h"
#include "widgets/common/tone_label.h"
#include "widgets/tensor/class_table.h"
#include "widgets/tensor/confusion_view.h"

#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QStackedWidget>
#include <QtWidgets/QToolButton>

namespace espalier {
namespace {

std::optional<double> shareOf(const JsonValue &value)
{
    return value.isNumber() ? std::optional(value.number()) : std::nullopt;
}

ConfusionData confusionOf(const JsonValue &answer)
{
    ConfusionData data;
    for (const JsonValue &name : answer["classes"].items())
        data.classes.append(name.isString() ? qString(name.string()) : QString::number(name.integer()));
    for (const JsonValue &row : answer["confusion"].items()) {
        QList<qint64> counts;
        for (const JsonValue &count : row.items())
            counts.append(count.integer());
        data.counts.append(counts);
    }
    return data;
}

QList<ClassRow> rowsOf(const JsonValue &answer)
{
    QList<ClassRow> rows;
    for (const JsonValue &each : answer["table"].items())
        rows.append({static_cast<int>(each["class"].integer()), qString(each["name"].string()),
                     each["support"].integer(), each["predicted"].integer(), shareOf(each["precision"]),
                     shareOf(each["recall"]), shareOf(each["f1"])});
    return rows;
}

} // namespace

ConfusionPanel::ConfusionPanel(PredictionSource *source, QWidget *parent)
    : QWidget(parent)
    , m_source(source)
    , m_title(new ToneLabel({}, Tone::Text, TextSize::Body, TextWeight::Strong))
    , m_empty(new ToneLabel({}, Tone::Muted))
    , m_shares(new QToolButton)
    , m_stack(new QStackedWidget)
    , m_content(new QWidget)
    , m_matrix(new ConfusionView)
    , m_classes(new ClassTable)
{
    const Theme &theme = Theme::current();
    m_title->setTextFormat(Qt::PlainText);
    m_title->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_shares->setText(tr("Shares"));
    m_shares->setCheckable(true);
    m_shares->setToolTip(tr("Shows each cell as a share of its true class. Off: as a number of samples."));
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    auto *hint = new ToneLabel(tr("Rows are true, columns predicted. A cell opens its samples."), Tone::Muted,
                               TextSize::Caption);
    auto *controls = new QHBoxLayout;
    controls->setSpacing(theme.space(Space::Small));
    controls->addWidget(m_title, 1);
    controls->addWidget(hint);
    controls->addWidget(m_shares);
    auto *row = new QHBoxLayout(m_content);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(theme.space(Space::Large));
    row->addWidget(m_matrix, 3);
    row->addWidget(m_classes, 2);
    m_stack->addWidget(m_empty);
    m_stack->addWidget(m_content);
    auto *column = new QVBoxLayout(this);
    const int margin = theme.space(Space::Medium);
    column->setContentsMargins(margin, theme.space(Space::Small), margin, theme.space(Space::Small));
    column->setSpacing(theme.space(Space::Tiny));
    column->addLayout(controls);
    column->addWidget(m_stack, 1);
    setFocusProxy(m_matrix);
    connect(m_shares, &QToolButton::toggled, m_matrix, &ConfusionView::setShowsShares);
    connect(source, &PredictionSource::changed, this, &ConfusionPanel::show);
    const auto choose = [this](int target, int predicted) {
        PredictionSource::Filter wanted = m_source->filter();
        wanted.target = target;
        wanted.predicted = predicted;
        wanted.wrongOnly = false;
        m_source->setFilter(wanted);
        emit samplesRequested();
    };
    connect(m_matrix, &ConfusionView::cellChosen, this, choose);
    connect(m_classes, &ClassTable::classChosen, this, [choose](int index) { choose(index, -1); });
    show();
}

void ConfusionPanel::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    show();
}

void ConfusionPanel::show()
{
    if (isVisible())
        m_source->refresh();
    const JsonValue &answer = m_source->answer();
    m_title->setText(m_source->title());
    m_title->setToolTip(m_source->title());
    const bool hasMatrix = !answer["confusion"].items().empty();
    m_matrix->setVisible(hasMatrix);
    if (hasMatrix)
        m_matrix->setConfusion(confusionOf(answer));
    const bool hasTable = !answer["table"].items().empty();
    if (hasTable)
        m_classes->setRows(rowsOf(answer));
    if (hasMatrix || hasTable) {
        m_stack->setCurrentWidget(m_content);
        return;
    }
    const bool hasRun = m_source->page() && !m_source->page()->focus()->run().isEmpty();
    m_empty->setText(!m_source->problem().isEmpty() ? m_source->problem()
                         : !answer.isNull()         ? tr("This run predicts values, not classes: see Predictions.")
                         : hasRun                   ? tr("Looking at each sample…")
                                                    : tr("Train to see which classes are taken for which."));
    if (!m_source->isAsking() || m_matrix->confusion().classes.isEmpty())
        m_stack->setCurrentWidget(m_empty);
}

} // namespace espalier
