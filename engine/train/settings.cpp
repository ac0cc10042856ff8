// SPDX-License-Identifier: Apache-2.0
#include "engine/train/settings.h"

#include <algorithm>

namespace espalier {
namespace {

/// Reads and checks by the specs; visits give every setting its place in the struct once, for reading and writing.
class Visitor {
public:
    virtual ~Visitor() = default;
    virtual void visit(std::string_view path, std::int64_t &value) = 0;
    virtual void visit(std::string_view path, double &value) = 0;
    virtual void visit(std::string_view path, bool &value) = 0;
    virtual void visit(std::string_view path, std::string &value) = 0;
    virtual void visit(std::string_view path, std::vector<std::string> &value) = 0;
};

void visitOptimizer(Visitor &v, OptimizerSettings &o)
{
    v.visit("optimizer.kind", o.kind);
    v.visit("optimizer.lr", o.lr);
    v.visit("optimizer.momentum", o.momentum);
    v.visit("optimizer.nesterov", o.nesterov);
    v.visit("optimizer.beta1", o.beta1);
    v.visit("optimizer.beta2", o.beta2);
    v.visit("optimizer.eps", o.eps);
    v.visit("optimizer.alpha", o.alpha);
    v.visit("optimizer.centered", o.centered);
    v.visit("optimizer.weight_decay", o.weightDecay);
    v.visit("optimizer.decay_biases", o.decayBiases);
    v.visit("optimizer.clip_norm", o.clipNorm);
    v.visit("optimizer.clip_value", o.clipValue);
}

void visitSchedule(Visitor &v, ScheduleSettings &s)
{
    v.visit("schedule.kind", s.kind);
    v.visit("schedule.step_size", s.stepSize);
    v.visit("schedule.gamma", s.gamma);
    v.visit("schedule.warmup_epochs", s.warmupEpochs);
    v.visit("schedule.minimum", s.minimum);
    v.visit("schedule.peak_at", s.peakAt);
    v.visit("schedule.start_fraction", s.startFraction);
}

void visitPhase(Visitor &v, PhaseSettings &p)
{
    v.visit("name", p.name);
    v.visit("losses", p.losses);
    v.visit("parameters", p.parameters);
    v.visit("every", p.every);
    visitOptimizer(v, p.optimizer);
    visitSchedule(v, p.schedule);
}

void visitTraining(Visitor &v, TrainingSettings &t)
{
    v.visit("epochs", t.epochs);
    v.visit("steps", t.steps);
    v.visit("batch_size", t.batchSize);
    v.visit("accumulate", t.accumulate);
    v.visit("shuffle", t.shuffle);
    v.visit("drop_last", t.dropLast);
    v.visit("seed", t.seed);
    v.visit("device", t.device);
    v.visit("precision", t.precision);
    v.visit("metrics", t.metrics);
    v.visit("early_stopping.enabled", t.earlyStopping.enabled);
    v.visit("early_stopping.patience", t.earlyStopping.patience);
    v.visit("early_stopping.monitor", t.earlyStopping.monitor);
    v.visit("early_stopping.min_delta", t.earlyStopping.minDelta);
    v.visit("checkpoint.seconds", t.checkpointSeconds);
    v.visit("checkpoint.numbered_every", t.numberedEvery);
    v.visit("record.scalars_every", t.record.scalarsEvery);
    v.visit("record.histograms_every", t.record.histogramsEvery);
    v.visit("watch.statistics_every", t.watch.statisticsEvery);
    v.visit("watch.images_every", t.watch.imagesEvery);
    v.visit("watch.row", t.watch.row);
    v.visit("watch.budget", t.watch.budget);
}

const SettingSpec *findSpec(std::string_view path)
{
    for (const SettingSpec &spec : trainingSettingSpecs())
        if (spec.path == path)
            return &spec;
    return nullptr;
}

const JsonValue &at(const JsonValue &section, std::string_view path)
{
    const std::size_t dot = path.find('.');
    return dot == std::string_view::npos ? section[path] : at(section[path.substr(0, dot)], path.substr(dot + 1));
}

void put(JsonValue &section, std::string_view path, JsonValue value)
{
    const std::size_t dot = path.find('.');
    if (dot == std::string_view::npos) {
        section.set(path, std::move(value));
        return;
    }
    JsonValue inner = section[path.substr(0, dot)];
    put(inner, path.substr(dot + 1), std::move(value));
    section.set(path.substr(0, dot), std::move(inner));
}

class Reader : public Visitor {
public:
    Reader(const JsonValue &section, std::string prefix)
        : m_section(section)
        , m_prefix(std::move(prefix))
    {
    }
    std::optional<Error> problem;

    void visit(std::string_view path, std::int64_t &value) override
    {
        const JsonValue &v = at(m_section, path);
        if (v.isNull())
            return;
        if (!v.isNumber() || v.number() != static_cast<double>(v.integer(INT64_MIN)))
            return wrong(path, "a whole number", v);
        value = v.integer();
        range(path, v.number());
    }
    void visit(std::string_view path, double &value) override
    {
        const JsonValue &v = at(m_section, path);
        if (v.isNull())
            return;
        if (!v.isNumber())
            return wrong(path, "a number", v);
        value = v.number();
        range(path, value);
    }
    void visit(std::string_view path, bool &value) override
    {
        const JsonValue &v = at(m_section, path);
        if (v.isNull())
            return;
        if (!v.isBool())
            return wrong(path, "true or false", v);
        value = v.boolean();
    }
    void visit(std::string_view path, std::string &value) override
    {
        const JsonValue &v = at(m_section, path);
        if (v.isNull())
            return;
        if (!v.isString())
            return wrong(path, "a text", v);
        value = v.string();
        const SettingSpec *spec = findSpec(path);
        if (!spec || spec->choices.empty()
            || std::find(spec->choices.begin(), spec->choices.end(), value) != spec->choices.end())
            return;
        std::string list;
        for (const std::string_view choice : spec->choices)
            list += (list.empty() ? "" : ", ") + std::string(choice);
        report(error("settings.choice", "The setting {0} knows no {1}. Choose one of: {2}.", full(path), value,
                     Arg(Arg::Kind::Text, list)),
               path);
    }
    void visit(std::string_view path, std::vector<std::string> &value) override
    {
        const JsonValue &v = at(m_section, path);
        if (v.isNull())
            return;
        const bool texts = v.isArray()
            && std::all_of(v.items().begin(), v.items().end(), [](const JsonValue &i) { return i.isString(); });
        if (!texts)
            return wrong(path, "a list of names", v);
        value.clear();
        for (const JsonValue &item : v.items())
            value.push_back(item.string());
    }

private:
    std::string full(std::string_view path) const { return m_prefix + std::string(path); }
    void report(Error e, std::string_view path)
    {
        if (!problem)
            problem = std::move(e).at({.parameter = full(path)});
    }
    void wrong(std::string_view path, std::string_view wanted, const JsonValue &got)
    {
        report(error("settings.type", "The setting {0} needs {1}, got {2}.", full(path),
                     Arg(Arg::Kind::Text, std::string(wanted)), Arg(Arg::Kind::Text, got.dump().substr(0, 60))),
               path);
    }
    void range(std::string_view path, double value)
    {
        const SettingSpec *spec = findSpec(path);
        if (!spec || spec->minimum == spec->maximum || (value >= spec->minimum && value <= spec->maximum))
            return;
        report(error("settings.range", "The setting {0} is {1}; it must be between {2} and {3}.", full(path), value,
                     spec->minimum, spec->maximum),
               path);
    }

    const JsonValue &m_section;
    std::string m_prefix;
};

class Writer : public Visitor {
public:
    JsonValue section = JsonValue::object();
    void visit(std::string_view path, std::int64_t &value) override { put(section, path, value); }
    void visit(std::string_view path, double &value) override { put(section, path, value); }
    void visit(std::string_view path, bool &value) override { put(section, path, value); }
    void visit(std::string_view path, std::string &value) override { put(section, path, value); }
    void visit(std::string_view path, std::vector<std::string> &value) override
    {
        JsonValue list = JsonValue::array();
        for (const std::string &item : value)
            list.append(item);
        put(section, path, std::move(list));
    }
};

/// Collects the known paths, to find names that nobody reads.
class Names : public Visitor {
public:
    std::vector<std::string> known;
    void visit(std::string_view path, std::int64_t &) override { known.emplace_back(path); }
    void visit(std::string_view path, double &) override { known.emplace_back(path); }
    void visit(std::string_view path, bool &) override { known.emplace_back(path); }
    void visit(std::string_view path, std::string &) override { known.emplace_back(path); }
    void visit(std::string_view path, std::vector<std::string> &) override { known.emplace_back(path); }
};

std::size_t distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j)
            diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])}));
    }
    return row[b.size()];
}

Result<void> checkNames(const JsonValue &section, const std::vector<std::string> &known, const std::string &prefix,
                        const std::string &shown)
{
    if (!section.isNull() && !section.isObject())
        return fail(
            error("settings.section", "{0} must be a JSON object.", shown + prefix).at({.parameter = shown + prefix}));
    for (const auto &[name, value] : section.members()) {
        const std::string path = prefix.empty() ? name : prefix + "." + name;
        if (std::find(known.begin(), known.end(), path) != known.end())
            continue;
        const bool isGroup
            = std::any_of(known.begin(), known.end(), [&](const std::string &k) { return k.starts_with(path + "."); });
        if (isGroup) {
            ESPALIER_CHECK(checkNames(value, known, path, shown));
            continue;
        }
        const auto nearest
            = std::min_element(known.begin(), known.end(), [&](const std::string &a, const std::string &b) {
                  return distance(a, path) < distance(b, path);
              });
        return fail(error("settings.unknown", "There is no setting {0}{1}. Did you mean {0}{2}?", shown, path, *nearest)
                        .at({.parameter = shown + path}));
    }
    return {};
}

Result<void> readPhases(const JsonValue &section, TrainingSettings &settings)
{
    const JsonValue &list = section["phases"];
    PhaseSettings base;
    Reader top(section, "training.");
    visitOptimizer(top, base.optimizer);
    visitSchedule(top, base.schedule);
    if (top.problem)
        return fail(*top.problem);
    settings.phases = {base};
    if (list.isNull() || (list.isArray() && list.items().empty()))
        return {};
    if (!list.isArray() || list.items().size() > 16)
        return fail("settings.phases", "training.phases must be a list of at most 16 phases.");
    settings.phases.clear();
    Names names;
    visitPhase(names, base);
    for (std::size_t i = 0; i < list.items().size(); ++i) {
        const std::string prefix = "training.phases." + std::to_string(i) + ".";
        PhaseSettings phase = base;
        phase.name = "phase" + std::to_string(i + 1);
        ESPALIER_CHECK(checkNames(list.items()[i], names.known, "", prefix));
        Reader reader(list.items()[i], prefix);
        visitPhase(reader, phase);
        if (reader.problem)
            return fail(*reader.problem);
        settings.phases.push_back(std::move(phase));
    }
    return {};
}

} // namespace

Result<TrainingSettings> readTrainingSettings(const JsonValue &section)
{
    TrainingSettings settings;
    Names names;
    visitTraining(names, settings);
    visitOptimizer(names, settings.phases[0].optimizer);
    visitSchedule(names, settings.phases[0].schedule);
    names.known.emplace_back("phases");
    ESPALIER_CHECK(checkNames(section, names.known, "", "training."));
    Reader reader(section, "training.");
    visitTraining(reader, settings);
    if (reader.problem)
        return fail(*reader.problem);
    ESPALIER_CHECK(readPhases(section, settings));
    return settings;
}

JsonValue writeTrainingSettings(const TrainingSettings &settings)
{
    TrainingSettings copy = settings;
    Writer writer;
    visitTraining(writer, copy);
    visitOptimizer(writer, copy.phases.at(0).optimizer);
    visitSchedule(writer, copy.phases.at(0).schedule);
    JsonValue phases = JsonValue::array();
    const bool plain = copy.phases.size() == 1 && copy.phases[0].losses.empty() && copy.phases[0].parameters.empty()
        && copy.phases[0].every == 1;
    for (PhaseSettings &phase : copy.phases) {
        Writer inner;
        visitPhase(inner, phase);
        if (!plain)
            phases.append(std::move(inner.section));
    }
    writer.section.set("phases", std::move(phases));
    return std::move(writer.section);
}

} // namespace espalier
