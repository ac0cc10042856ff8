// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/panels/tensor_panel.h"

#include "engine/protocol/error_json.h"
#include "gui/engine_client/text.h"
#include "gui/models/focus.h"
#include "gui/models/node_path.h"
#include "gui/models/run_drawing.h"
#include "gui/models/run_store.h"
#include "gui/panels/sample_picker.h"
#include "gui/window/document_page.h"
#include "widgets/charts/series.h"
#include "widgets/common/figures.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"
#include "widgets/common/tone_label.h"
#include "widgets/graph/graph_model.h"
#include "widgets/tensor/colour_bar.h"
#include "widgets/tensor/heat_map_view.h"
#include "widgets/tensor/picture_grid.h"
#include "widgets/tensor/value_table.h"

#include <QtCore/QSignalBlocker>
#include <QtCore/QTimer>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QLabel>
#include <QtWidgets/QStackedWidget>
#include <QtWidgets/QToolButton>
#include <QtWidgets/QVBoxLayout>

#include <cmath>

namespace espalier {
namespace {

constexpr int kLivePauseMs = 500; ///< a probe costs the run something: twice a second is enough to see it learn
constexpr int kMostValues = 16'384;
constexpr int kPortRole = Qt::UserRole;
constexpr int kGradientRole = Qt::UserRole + 1;

} // namespace

TensorPanel::TensorPanel(RunStore *runs, QWidget *parent)
    : QWidget(parent)
    , m_runs(runs)
    , m_title(new ToneLabel({}, Tone::Text, TextSize::Body, TextWeight::Strong))
    , m_tensor(new QComboBox)
    , m_form(new QComboBox)
    , m_each(new QToolButton)
    , m_sample(new QToolButton)
    , m_samplePicture(new QLabel)
    , m_bar(new ColourBar)
    , m_stack(new QStackedWidget)
    , m_empty(new ToneLabel({}, Tone::Muted))
    , m_maps(new PictureGrid)
    , m_heat(new HeatMapView)
    , m_values(new ValueTable)
    , m_told(new ToneLabel({}, Tone::Muted, TextSize::Caption))
    , m_soon(new QTimer(this))
{
    const Theme &theme = Theme::current();
    m_tensor->setAccessibleName(tr("Tensor"));
    m_tensor->setToolTip(tr("What of the layer is shown: its result for the sample, its weights, or their gradients."));
    m_tensor->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_form->setAccessibleName(tr("Shown as"));
    m_form->setToolTip(tr("As pictures of filters and channels, as a heat map, or as numbers."));
    m_form->addItem(tr("Pictures"), QStringLiteral("maps"));
    m_form->addItem(tr("Heat map"), QStringLiteral("heat"));
    m_form->addItem(tr("Numbers"), QStringLiteral("values"));
    m_each->setText(tr("Scale each"));
    m_each->setCheckable(true);
    m_each->setToolTip(
        tr("Spreads each picture over its own range, so that weak ones show what they see. Off: one range "
           "for all, so that they can be compared."));
    m_sample->setText(tr("Sample"));
    m_sample->setToolButtonStyle(Qt::ToolButtonTextOnly);
    m_sample->setToolTip(tr("Chooses the sample whose activations are shown, and pins it for all panels."));
    m_samplePicture->setFixedSize(theme.sizes.hit, theme.sizes.hit);
    m_samplePicture->setScaledContents(true);
    m_samplePicture->hide();
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    for (QWidget *each : {static_cast<QWidget *>(m_empty), static_cast<QWidget *>(m_maps),
                          static_cast<QWidget *>(m_heat), static_cast<QWidget *>(m_values)})
        m_stack->addWidget(each);
    auto *controls = new QHBoxLayout;
    controls->setSpacing(theme.space(Space::Small));
    m_title->setTextFormat(Qt::PlainText);
    m_title->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    controls->addWidget(m_title, 1);
    for (QWidget *each :
         {static_cast<QWidget *>(m_bar), static_cast<QWidget *>(m_samplePicture), static_cast<QWidget *>(m_sample),
          static_cast<QWidget *>(m_tensor), static_cast<QWidget *>(m_form), static_cast<QWidget *>(m_each)})
        controls->addWidget(each);
    auto *column = new QVBoxLayout(this);
    const int margin = theme.space(Space::Medium);
    column->setContentsMargins(margin, theme.space(Space::Small), margin, theme.space(Space::Tiny));
    column->setSpacing(theme.space(Space::Tiny));
    column->addLayout(controls);
    column->addWidget(m_stack, 1);
    column->addWidget(m_told);
    m_soon->setSingleShot(true);
    connect(m_soon, &QTimer::timeout, this, &TensorPanel::ask);
    connect(m_tensor, &QComboBox::activated, this, &TensorPanel::soon);
    connect(m_each, &QToolButton::toggled, this, &TensorPanel::soon);
    connect(m_sample, &QToolButton::clicked, this, &TensorPanel::pickSample);
    connect(m_form, &QComboBox::activated, this, [this] { show(m_view); });
    connect(m_maps, &PictureGrid::told, m_told, &QLabel::setText);
    connect(m_heat, &HeatMapView::told, m_told, &QLabel::setText);
    connect(runs, &RunStore::changed, this, [this](const QStringList &changed) {
        if (m_page && m_page->focus()->isLive() && changed.contains(m_page->focus()->run()) && !m_soon->isActive())
            m_soon->start(kLivePauseMs);
    });
    say(tr("Train, then select a layer to see what it holds."));
}

void TensorPanel::setPage(DocumentPage *page)
{
    if (m_page)
        m_page->focus()->disconnect(this);
    m_page = page;
    if (page)
        connect(page->focus(), &Focus::changed, this, &TensorPanel::soon);
    m_listedFor.clear();
    soon();
}

QString TensorPanel::shownAs() const
{
    const QWidget *now = m_stack->currentWidget();
    return now == m_maps  ? QStringLiteral("maps")
        : now == m_heat   ? QStringLiteral("heat")
        : now == m_values ? QStringLiteral("values")
                          : QString();
}

void TensorPanel::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    soon();
}

void TensorPanel::soon()
{
    m_soon->start(0);
}

void TensorPanel::say(const QString &sentence)
{
    m_view = {};
    m_empty->setText(sentence);
    m_stack->setCurrentWidget(m_empty);
    m_bar->hide();
    m_told->clear();
    updateTitle();
}

void TensorPanel::showNextTensor()
{
    if (m_tensor->count() == 0)
        return;
    m_tensor->setCurrentIndex((m_tensor->currentIndex() + 1) % m_tensor->count());
    soon();
}

void TensorPanel::toggleScale()
{
    m_each->toggle();
}

void TensorPanel::pickSample()
{
    if (!m_page || m_page->focus()->run().isEmpty())
        return;
    auto *picker = new SamplePicker(m_runs->engine(), m_page->focus()->run(), this);
    picker->setAttribute(Qt::WA_DeleteOnClose);
    connect(picker, &SamplePicker::chosen, this, [this](qint64 row, const QImage &picture) {
        if (!m_page)
            return;
        m_samplePicture->setPixmap(QPixmap::fromImage(picture));
        m_samplePicture->setVisible(!picture.isNull());
        m_page->focus()->setSample({{}, row});
        // From now on the run records this sample's pictures, so that its past can be looked at later.
        const RunInfo *info = m_runs->info(m_page->focus()->run());
        if (info && info->isAlive)
            m_runs->engine()->request(QStringLiteral("run.pin"),
                                      JsonValue::object()
                                          .set("run", m_page->focus()->run().toStdString())
                                          .set("row", static_cast<std::int64_t>(row)),
                                      this, [](const Result<JsonValue> &) {});
    });
    picker->openAt(m_sample->mapToGlobal(QPoint(0, m_sample->height())));
}

/// The box lists what the selected layer has; what was chosen stays where the next layer has it, too.
void TensorPanel::listTensors()
{
    const Focus *focus = m_page->focus();
    const Document *drawing = m_page->watch() ? m_page->watch()->drawing().document() : nullptr;
    const QString node = drawing ? resultPath(*drawing, focus->selection().node) : QString();
    const QString name = drawing ? namePath(*drawing, node) : QString();
    const QStringList tags = m_runs->tags(focus->run(), RunStore::TagKind::Histogram);
    const QString key = focus->run() + QLatin1Char('\n') + name + QLatin1Char('\n') + QString::number(tags.size());
    if (key == m_listedFor)
        return;
    m_listedFor = key;
    const QSignalBlocker silent(m_tensor);
    const QString before = m_tensor->currentText();
    m_tensor->clear();
    const auto add = [this](const QString &title, const QString &port, bool isGradient) {
        m_tensor->addItem(title);
        m_tensor->setItemData(m_tensor->count() - 1, port, kPortRole);
        m_tensor->setItemData(m_tensor->count() - 1, isGradient, kGradientRole);
    };
    add(tr("activations"), QString(), false);
    add(tr("gradient of activations"), QString(), true);
    QStringList own;
    for (const QString &tag : tags) {
        const QString rest = tag.startsWith(name + QLatin1Char('.')) ? tag.mid(name.size() + 1) : QString();
        if (!rest.isEmpty() && !rest.contains(QLatin1Char('/')) && !rest.contains(QLatin1Char('.')))
            own.append(rest);
    }
    std::sort(own.begin(), own.end(), [](const QString &a, const QString &b) { // weights before biases
        return std::pair(!a.startsWith(QLatin1Char('w')), a) < std::pair(!b.startsWith(QLatin1Char('w')), b);
    });
    for (const QString &port : std::as_const(own)) {
        add(port, port, false);
        add(tr("gradient of %1").arg(port), port, true);
    }
    m_tensor->setCurrentIndex(std::max(0, m_tensor->findText(before)));
}

/// Activations of the past were recorded as pictures; everything else is asked of a checkpoint.
QString TensorPanel::pastTag() const
{
    const bool isActivation
        = m_tensor->currentData(kPortRole).toString().isEmpty() && !m_tensor->currentData(kGradientRole).toBool();
    const Document *drawing = m_page->watch() ? m_page->watch()->drawing().document() : nullptr;
    if (m_page->focus()->isLive() || !isActivation || !drawing)
        return {};
    return QStringLiteral("watch/%1/activation")
        .arg(namePath(*drawing, resultPath(*drawing, m_page->focus()->selection().node)));
}

void TensorPanel::ask()
{
    if (!isVisible())
        return;
    if (!m_page || m_page->focus()->run().isEmpty())
        return say(tr("Train, then select a layer to see what it holds."));
    const Focus *focus = m_page->focus();
    const Document *drawing = m_page->watch() ? m_page->watch()->drawing().document() : nullptr;
    if (focus->selection().node.isEmpty())
        return say(tr("Select a layer to see its filters, its weights, and what it makes of a sample."));
    if (!drawing) // a run of another program, or not read yet
        return say(tr("This run keeps no drawing, so its layers can't be looked into."));
    const QString node = resultPath(*drawing, focus->selection().node);
    if (node.isEmpty())
        return say(tr("This layer is not in the run that is shown. Train again, or apply the drawing to the run."));
    if (m_pending >= 0) {
        m_isAgain = true;
        return;
    }
    listTensors();
    if (!pastTag().isEmpty() && !m_runs->imageStamps(focus->run(), pastTag()).isEmpty())
        return askPast();
    JsonValue tensor = JsonValue::object().set("node", node.toStdString());
    if (const QString port = m_tensor->currentData(kPortRole).toString(); !port.isEmpty())
        tensor.set("port", port.toStdString());
    tensor.set("gradient", m_tensor->currentData(kGradientRole).toBool());
    JsonValue params = JsonValue::object().set("run", focus->run().toStdString()).set("values", kMostValues);
    params.set("tensors", JsonValue(JsonValue::Array{tensor}));
    params.set("pictures", JsonValue::object().set("scale", m_each->isChecked() ? "each" : "together"));
    if (focus->sample().row >= 0)
        params.set("rows", JsonValue(JsonValue::Array{JsonValue(static_cast<std::int64_t>(focus->sample().row))}));
    m_pending = requestFrames(m_runs->engine(), QStringLiteral("run.probe"), std::move(params), this,
                              [this](const Result<JsonValue> &result, const QList<AnswerFrame> &frames) {
                                  m_pending = -1;
                                  take(result, frames);
                                  if (std::exchange(m_isAgain, false))
                                      soon();
                              });
}

void TensorPanel::take(const Result<JsonValue> &result, const QList<AnswerFrame> &frames)
{
    if (!result)
        return say(text(result.error()));
    const auto &tensors = (*result)["tensors"].items();
    if (!tensors.empty() && tensors.front().has("problem"))
        return say(text(errorFromJson(tensors.front()["problem"])));
    show(probedView(*result, frames));
}

void TensorPanel::askPast()
{
    const QString run = m_page->focus()->run();
    const QString tag = pastTag();
    m_runs->imageAt(run, tag, m_page->focus()->step(), this, [this, run, tag](const QByteArray &encoded, qint64 step) {
        ProbedView past;
        PictureSheet &sheet = past.maps;
        if (!m_page || m_page->focus()->run() != run || !sheet.levels.loadFromData(encoded))
            return;
        sheet.levels.convertTo(QImage::Format_Grayscale8);
        const QString base = tag.left(tag.size() - int(qstrlen("activation")));
        const auto value = [&](QLatin1StringView name) {
            const auto series = m_runs->series(run, base + name);
            const qsizetype at = series ? series->atStep(step) : -1;
            return at < 0 ? 0.0 : double(series->value(at));
        };
        const Document *drawing = m_page->watch()->drawing().document();
        const QString node = drawing ? resultPath(*drawing, m_page->focus()->selection().node) : QString();
        const PortAnswer *port = m_page->answers().port(node.section(QLatin1Char('/'), -1), QStringLiteral("y"));
        // Cells are laid out as nearly a square: their number follows from what the layer gives.
        const int maps = port && port->dims.size() == 4 ? std::min(64, std::max(1, port->dims[1].toInt())) : 1;
        sheet.columns = static_cast<int>(std::ceil(std::sqrt(double(maps))));
        const int rows = (maps + sheet.columns - 1) / sheet.columns;
        sheet.count = maps;
        sheet.cell = {sheet.levels.width() / sheet.columns, sheet.levels.height() / rows};
        sheet.range = {value(QLatin1StringView("minimum")), value(QLatin1StringView("maximum"))};
        sheet.word = axisWord(QStringLiteral("channel"));
        past.step = step;
        show(past);
    });
}

void TensorPanel::show(const ProbedView &view)
{
    m_view = view;
    const bool hasMaps = !view.maps.isEmpty();
    const QString wanted = m_form->currentData().toString();
    const bool asMaps = hasMaps && (wanted == QLatin1StringView("maps") || view.values.isEmpty());
    if (!hasMaps && view.values.isEmpty())
        return say(tr("It holds no values."));
    const ValueRange range = asMaps ? view.maps.range : view.values.range;
    const bool isEach = asMaps && !view.maps.ranges.isEmpty();
    const ColourScale scale = isEach ? ColourScale::Sequential : scaleFor(range);
    m_bar->setVisible(asMaps || wanted != QLatin1StringView("values"));
    m_bar->setScale(scale, range, !isEach);
    if (asMaps) {
        m_maps->setScale(scale);
        m_maps->setSheet(view.maps);
        m_stack->setCurrentWidget(m_maps);
    } else if (wanted == QLatin1StringView("values")) {
        m_values->setMatrix(view.values);
        m_stack->setCurrentWidget(m_values);
    } else {
        m_heat->setScale(scale);
        m_heat->setMatrix(view.values);
        m_stack->setCurrentWidget(m_heat);
    }
    m_each->setEnabled(asMaps);
    updateTitle();
}

void TensorPanel::updateTitle()
{
    QStringList parts;
    if (m_stack->currentWidget() != m_empty && m_page) {
        const GraphNode *node = m_page->model()->node(m_page->focus()->selection().node.section(QLatin1Char('/'), -1));
        const RunInfo *info = m_runs->info(m_page->focus()->run());
        if (node)
            parts.append(node->name);
        if (!m_view.shape.isEmpty())
            parts.append(m_view.shape.join(QStringLiteral(" × ")));
        if (info)
            parts.append(info->name);
        parts.append(tr("step %1").arg(formatCount(m_view.step)));
        if (m_view.row >= 0)
            parts.append(tr("sample %1").arg(formatCount(m_view.row)));
        if (m_view.isTruncated && shownAs() != QLatin1StringView("maps"))
            parts.append(tr("first %1 values").arg(formatCount(m_view.values.values.size())));
    }
    m_title->setText(parts.join(QStringLiteral(" · ")));
    m_title->setToolTip(m_title->text());
}

} // namespace espalier
