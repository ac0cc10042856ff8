// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/panels/predictions_panel.h"

#include "gui/engine_client/frame_request.h"
#include "gui/engine_client/text.h"
#include "gui/models/focus.h"
#include "gui/models/run_store.h"
#include "gui/window/document_page.h"
#include "widgets/common/figures.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"
#include "widgets/common/tone_label.h"
#include "widgets/tensor/prediction_list.h"
#include "widgets/tensor/scatter_view.h"

#include <QtCore/QSignalBlocker>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QStackedWidget>
#include <QtWidgets/QToolButton>

namespace espalier {
namespace {

constexpr int kMostPictures = 64; ///< in one request

QString numbersText(const JsonValue &value)
{
    if (value.isNumber())
        return formatNumber(value.number());
    QStringList parts;
    for (const JsonValue &each : value.items())
        parts.append(formatNumber(each.number()));
    return parts.join(QStringLiteral(", "));
}

/// An item of the answer as a card.
PredictionItem itemOf(const JsonValue &json, const QStringList &classes)
{
    PredictionItem item;
    item.row = json["row"].integer();
    item.title = PredictionsPanel::tr("sample %1").arg(formatCount(item.row));
    if (json.has("term"))
        if (const std::int64_t term = json["term"].integer(); term > 0)
            item.title += QStringLiteral(".%1").arg(term);
    item.loss = json["loss"].number();
    if (classes.isEmpty()) {
        item.target = numbersText(json["target"]);
        item.predicted = numbersText(json["predicted"]);
        item.isRight = json["residual"].isNumber() && json["residual"].number() == 0;
        item.detail = PredictionsPanel::tr("Off by %1.").arg(formatNumber(json["residual"].number()));
        return item;
    }
    const auto name = [&classes](const JsonValue &index) {
        const auto at = static_cast<qsizetype>(index.integer(-1));
        return at >= 0 && at < classes.size() ? classes[at] : QString::number(at);
    };
    item.target = name(json["target"]);
    item.predicted = name(json["predicted"]);
    item.isRight = json["target"].integer(-1) == json["predicted"].integer(-2);
    item.probability = json["confidence"].number(-1);
    QStringList lines;
    for (const JsonValue &each : json["probabilities"].items())
        lines.append(QStringLiteral("%1: %2").arg(name(each["class"]), formatPercent(each["probability"].number())));
    item.detail = lines.join(QLatin1Char('\n'));
    return item;
}

QStringList classesOf(const JsonValue &answer)
{
    QStringList names;
    for (const JsonValue &name : answer["classes"].items())
        names.append(name.isString() ? qString(name.string()) : QString::number(name.integer()));
    return names;
}

QList<PredictionItem> itemsOf(const JsonValue::Array &items, std::size_t from, const JsonValue &answer)
{
    const QStringList classes = classesOf(answer);
    QList<PredictionItem> list;
    for (std::size_t i = from; i < items.size(); ++i)
        list.append(itemOf(items[i], classes));
    return list;
}

} // namespace

PredictionsPanel::PredictionsPanel(PredictionSource *source, QWidget *parent)
    : QWidget(parent)
    , m_source(source)
    , m_title(new ToneLabel({}, Tone::Text, TextSize::Body, TextWeight::Strong))
    , m_empty(new ToneLabel({}, Tone::Muted))
    , m_part(new QComboBox)
    , m_sort(new QComboBox)
    , m_wrong(new QToolButton)
    , m_clear(new QToolButton)
    , m_stack(new QStackedWidget)
    , m_content(new QWidget)
    , m_list(new PredictionList)
    , m_scatter(new ScatterView)
    , m_told(new ToneLabel({}, Tone::Muted, TextSize::Caption))
{
    const Theme &theme = Theme::current();
    m_part->setAccessibleName(tr("Part of the data"));
    m_part->setToolTip(
        tr("Which samples: those that training sees, those that it is validated with, or those kept for the end."));
    m_part->addItem(tr("Validation"), QStringLiteral("validation"));
    m_part->addItem(tr("Test"), QStringLiteral("test"));
    m_part->addItem(tr("Train"), QStringLiteral("train"));
    m_sort->setAccessibleName(tr("Order"));
    m_sort->setToolTip(tr("What comes first: the greatest loss, the greatest confidence, or the order of the data."));
    m_sort->addItem(tr("By loss"), QStringLiteral("loss"));
    m_sort->addItem(tr("By confidence"), QStringLiteral("confidence"));
    m_sort->addItem(tr("By row"), QStringLiteral("row"));
    m_wrong->setText(tr("Wrong only"));
    m_wrong->setCheckable(true);
    m_wrong->setToolTip(tr("Leaves out what was predicted right."));
    m_clear->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_clear->setIcon(icon(QStringLiteral("close")));
    m_clear->setToolTip(tr("Shows the samples of all cells again."));
    m_clear->hide();
    m_title->setTextFormat(Qt::PlainText);
    m_title->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    auto *controls = new QHBoxLayout;
    controls->setSpacing(theme.space(Space::Small));
    controls->addWidget(m_title, 1);
    for (QWidget *each : {static_cast<QWidget *>(m_clear), static_cast<QWidget *>(m_wrong),
                          static_cast<QWidget *>(m_sort), static_cast<QWidget *>(m_part)})
        controls->addWidget(each);
    auto *row = new QHBoxLayout(m_content);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_scatter, 2);
    row->addWidget(m_list, 3);
    m_stack->addWidget(m_empty);
    m_stack->addWidget(m_content);
    auto *column = new QVBoxLayout(this);
    const int margin = theme.space(Space::Medium);
    column->setContentsMargins(margin, theme.space(Space::Small), margin, theme.space(Space::Tiny));
    column->setSpacing(theme.space(Space::Tiny));
    column->addLayout(controls);
    column->addWidget(m_stack, 1);
    column->addWidget(m_told);
    m_told->hide();
    const auto filter = [this] {
        PredictionSource::Filter wanted = m_source->filter();
        wanted.part = m_part->currentData().toString();
        wanted.sort = m_sort->currentData().toString();
        wanted.wrongOnly = m_wrong->isChecked();
        m_source->setFilter(wanted);
    };
    connect(m_part, &QComboBox::activated, this, filter);
    connect(m_sort, &QComboBox::activated, this, filter);
    connect(m_wrong, &QToolButton::toggled, this, filter);
    connect(m_clear, &QToolButton::clicked, this, [this] {
        PredictionSource::Filter wanted = m_source->filter();
        wanted.target = wanted.predicted = -1;
        m_source->setFilter(wanted);
    });
    connect(source, &PredictionSource::changed, this, &PredictionsPanel::show);
    connect(source, &PredictionSource::moreCame, this, [this] { append(m_list->items().size()); });
    connect(m_list, &PredictionList::moreRequested, source, &PredictionSource::more);
    connect(m_list, &PredictionList::picturesRequested, this, &PredictionsPanel::askPictures);
    connect(m_list, &PredictionList::chosen, this, &PredictionsPanel::pin);
    connect(m_scatter, &ScatterView::told, m_told, &QLabel::setText);
    connect(m_scatter, &ScatterView::chosen, this, [this](int index) {
        const auto &rows = m_source->answer()["scatter"]["row"].items();
        if (static_cast<std::size_t>(index) < rows.size())
            pin(rows[static_cast<std::size_t>(index)].integer());
    });
    show();
}

void PredictionsPanel::toggleWrongOnly()
{
    m_wrong->toggle();
}

void PredictionsPanel::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    show();
}

void PredictionsPanel::show()
{
    if (isVisible())
        m_source->refresh();
    const JsonValue &answer = m_source->answer();
    const PredictionSource::Filter &filter = m_source->filter();
    const QStringList classes = classesOf(answer);
    const bool hasCell = filter.target >= 0 || filter.predicted >= 0;
    if (hasCell && !classes.isEmpty()) {
        const QString target = filter.target >= 0 ? classes.value(filter.target) : tr("any");
        m_clear->setText(filter.predicted >= 0 ? tr("%1 taken for %2").arg(target, classes.value(filter.predicted))
                                               : tr("all of %1").arg(target));
    }
    m_clear->setVisible(hasCell);
    m_title->setText(m_source->title());
    m_title->setToolTip(m_source->title());
    if (answer.isNull()) {
        const bool hasRun = m_source->page() && !m_source->page()->focus()->run().isEmpty();
        m_empty->setText(!m_source->problem().isEmpty() ? m_source->problem()
                             : hasRun                   ? tr("Looking at each sample…")
                                      : tr("Train to see which samples are right, and which are not."));
        if (!m_source->isAsking() || m_list->items().isEmpty()) // no flicker while the next answer is awaited
            m_stack->setCurrentWidget(m_empty);
        return;
    }
    const QList<PredictionItem> items = itemsOf(m_source->items(), 0, answer);
    if (items != m_list->items())
        m_list->setItems(items, answer["total"].integer());
    m_list->setShowsPictures(!answer["picture"].string().empty());
    if (m_source->page())
        m_list->setPinnedRow(m_source->page()->focus()->sample().row);
    const bool isValues = answer["kind"].string() == "values";
    m_scatter->setVisible(isValues);
    m_told->setVisible(isValues);
    if (isValues) {
        QList<QPointF> points;
        const auto &target = answer["scatter"]["target"].items();
        const auto &predicted = answer["scatter"]["predicted"].items();
        for (std::size_t i = 0; i < std::min(target.size(), predicted.size()); ++i)
            points.append({target[i].number(), predicted[i].number()});
        m_scatter->setPoints(points, {});
    }
    m_empty->setText(tr("No sample is left by this choice."));
    m_stack->setCurrentWidget(items.isEmpty() && !isValues ? static_cast<QWidget *>(m_empty) : m_content);
}

void PredictionsPanel::append(qsizetype from)
{
    m_list->appendItems(itemsOf(m_source->items(), static_cast<std::size_t>(from), m_source->answer()),
                        m_source->answer()["total"].integer());
}

void PredictionsPanel::askPictures(const QList<qint64> &rows)
{
    const std::string column = m_source->answer()["picture"].string();
    if (column.empty() || !m_source->page())
        return;
    for (qsizetype first = 0; first < rows.size(); first += kMostPictures) {
        JsonValue::Array part;
        for (qsizetype i = first; i < std::min(rows.size(), first + kMostPictures); ++i)
            part.emplace_back(static_cast<std::int64_t>(rows[i]));
        JsonValue params = JsonValue::object().set("run", m_source->page()->focus()->run().toStdString());
        params.set("column", column).set("rows", JsonValue(std::move(part)));
        requestFrames(m_source->runs()->engine(), QStringLiteral("data.image"), std::move(params), this,
                      [this](const Result<JsonValue> &, const QList<AnswerFrame> &frames) {
                          for (const AnswerFrame &frame : frames)
                              if (const QImage picture = QImage::fromData(frame.bytes); !picture.isNull())
                                  m_list->setPicture(frame.header["row"].integer(-1), picture);
                      });
    }
}

void PredictionsPanel::pin(qint64 row)
{
    if (m_source->page())
        m_source->page()->focus()->setSample({{}, row});
}

} // namespace espalier
