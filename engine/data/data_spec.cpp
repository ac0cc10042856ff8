// SPDX-License-Identifier: Apache-2.0
#include "engine/data/data_spec.h"

#include "engine/data/source_kinds.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace espalier {
namespace {

constexpr std::array<std::string_view, 4> kNormalizations{"none", "standard", "minmax", "scale"};

tl::unexpected<Error> wrong(const std::string &pointer, std::string_view wanted)
{
    return fail(error("data.type", "{0} must be {1}.", pointer, Arg(Arg::Kind::Text, std::string(wanted)))
                    .at({.parameter = pointer}));
}

/// Reads members of one object; the first error wins and later reads do nothing.
class Reader {
public:
    Reader(const JsonValue &json, std::string pointer)
        : m_json(json)
        , m_pointer(std::move(pointer))
    {
        if (!json.isNull() && !json.isObject())
            m_error = wrong(m_pointer, "an object {...}").value();
    }
    void text(std::string_view name, std::string &into)
    {
        if (const JsonValue *value = member(name, &JsonValue::isString, "a text"))
            into = value->string();
    }
    void boolean(std::string_view name, bool &into)
    {
        if (const JsonValue *value = member(name, &JsonValue::isBool, "true or false"))
            into = value->boolean();
    }
    void fraction(std::string_view name, double &into)
    {
        if (const JsonValue *value = member(name, &JsonValue::isNumber, "a number from 0 to 1")) {
            into = value->number();
            if (!(into >= 0 && into <= 1))
                m_error = wrong(at(name), "a number from 0 to 1").value();
        }
    }
    std::int64_t integer(std::string_view name, std::int64_t fallback, std::int64_t minimum)
    {
        const JsonValue *value = member(name, &JsonValue::isNumber, "a whole number");
        if (!value)
            return fallback;
        const std::int64_t result = value->integer(minimum - 1);
        if (result < minimum)
            m_error = wrong(at(name), "a whole number, at least " + std::to_string(minimum)).value();
        return result;
    }
    const JsonValue::Array &list(std::string_view name)
    {
        static const JsonValue::Array kNone;
        const JsonValue *value = member(name, &JsonValue::isArray, "a list [...]");
        return value ? value->items() : kNone;
    }
    std::string at(std::string_view name) const { return m_pointer + "/" + std::string(name); }
    Result<void> result() const
    {
        if (m_error)
            return fail(*m_error);
        return {};
    }

private:
    const JsonValue *member(std::string_view name, bool (JsonValue::*is)() const, std::string_view wanted)
    {
        const JsonValue &value = m_json[name];
        if (m_error || value.isNull())
            return nullptr;
        if ((value.*is)())
            return &value;
        m_error = wrong(at(name), wanted).value();
        return nullptr;
    }

    const JsonValue &m_json;
    std::string m_pointer;
    std::optional<Error> m_error;
};

Result<SourceSpec> readSource(const JsonValue &json, const std::string &pointer)
{
    SourceSpec source;
    Reader reader(json, pointer);
    reader.text("id", source.id);
    reader.text("name", source.name);
    reader.text("kind", source.kind);
    ESPALIER_CHECK(reader.result());
    if (source.id.empty())
        source.id = source.name; // a document written by hand may do without ids
    if (source.id.empty())
        return wrong(pointer + "/id", "the source's id");
    if (source.name.empty())
        source.name = source.id;
    if (const JsonValue &parameters = json["parameters"]; parameters.isObject())
        source.parameters = parameters;
    else if (!parameters.isNull())
        return wrong(pointer + "/parameters", "an object {...}");
    ESPALIER_CHECK(checkParameters(source, pointer + "/parameters"));
    return source;
}

Result<NormalizationSpec> readNormalization(const JsonValue &json, const std::string &pointer)
{
    NormalizationSpec spec;
    std::string method = "none";
    Reader reader(json, pointer);
    reader.text("source", spec.source);
    reader.text("column", spec.column);
    reader.text("method", method);
    ESPALIER_CHECK(reader.result());
    const auto *found = std::find(kNormalizations.begin(), kNormalizations.end(), method);
    if (found == kNormalizations.end())
        return wrong(pointer + "/method", "one of none, standard, minmax, scale");
    spec.method = static_cast<Normalization>(found - kNormalizations.begin());
    return spec;
}

Result<SplitSpec> readSplit(const JsonValue &json, const std::string &pointer)
{
    SplitSpec split;
    Reader reader(json, pointer);
    reader.fraction("train", split.train);
    reader.fraction("validation", split.validation);
    reader.fraction("test", split.test);
    split.seed = static_cast<std::uint64_t>(reader.integer("seed", 0, 0));
    reader.text("stratify", split.stratify);
    reader.boolean("in_order", split.inOrder);
    ESPALIER_CHECK(reader.result());
    if (split.train + split.validation + split.test > 1.0 + 1e-9) {
        return fail(error("data.split.sum",
                          "The split's fractions add up to {0}, which is more than 1. Lower train, validation or test.",
                          split.train + split.validation + split.test)
                        .at({.parameter = pointer}));
    }
    return split;
}

} // namespace

std::string_view name(Normalization method)
{
    return kNormalizations[static_cast<std::size_t>(method)];
}

const SourceSpec *findSource(const DataSpec &spec, std::string_view idOrName)
{
    for (const SourceSpec &source : spec.sources) {
        if (source.id == idOrName)
            return &source;
    }
    for (const SourceSpec &source : spec.sources) {
        if (source.name == idOrName)
            return &source;
    }
    return nullptr;
}

Result<DataSpec> dataSpecFromJson(const JsonValue &json, const std::string &pointer)
{
    DataSpec spec;
    Reader reader(json, pointer);
    const JsonValue::Array &sources = reader.list("sources");
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const std::string place = pointer + "/sources/" + std::to_string(i);
        ESPALIER_TRY(SourceSpec source, readSource(sources[i], place));
        for (const SourceSpec &other : spec.sources) {
            if (other.id == source.id)
                return wrong(place + "/id", "an id that no other source has");
        }
        spec.sources.push_back(std::move(source));
    }
    ESPALIER_TRY(spec.split, readSplit(json["split"], pointer + "/split"));
    const JsonValue::Array &normalize = reader.list("normalize");
    for (std::size_t i = 0; i < normalize.size(); ++i) {
        ESPALIER_TRY(NormalizationSpec item,
                     readNormalization(normalize[i], pointer + "/normalize/" + std::to_string(i)));
        spec.normalize.push_back(std::move(item));
    }
    Reader batch(json["batch"], pointer + "/batch");
    spec.batch.size = batch.integer("size", spec.batch.size, 1);
    batch.boolean("shuffle", spec.batch.shuffle);
    batch.boolean("drop_last", spec.batch.dropLast);
    ESPALIER_CHECK(reader.result());
    ESPALIER_CHECK(batch.result());
    return spec;
}

JsonValue toJson(const DataSpec &spec)
{
    JsonValue sources = JsonValue::array();
    for (const SourceSpec &source : spec.sources) {
        JsonValue parameters = source.parameters;
        if (const SourceKind *kind = findSourceKind(source.kind)) {
            parameters = JsonValue::object();
            for (const SourceParameter &declared : kind->parameters)
                parameters.set(declared.name, parameter(source, declared.name));
            for (const JsonValue::Member &member : source.parameters.members())
                parameters.set(member.first, member.second);
        }
        JsonValue item = JsonValue::object();
        item.set("id", source.id).set("name", source.name).set("kind", source.kind).set("parameters", parameters);
        sources.append(std::move(item));
    }
    JsonValue split = JsonValue::object();
    split.set("train", spec.split.train).set("validation", spec.split.validation).set("test", spec.split.test);
    split.set("seed", static_cast<std::int64_t>(spec.split.seed)).set("stratify", spec.split.stratify);
    split.set("in_order", spec.split.inOrder);
    JsonValue normalize = JsonValue::array();
    for (const NormalizationSpec &item : spec.normalize) {
        JsonValue json = JsonValue::object();
        json.set("source", item.source).set("column", item.column).set("method", name(item.method));
        normalize.append(std::move(json));
    }
    JsonValue batch = JsonValue::object();
    batch.set("size", spec.batch.size).set("shuffle", spec.batch.shuffle).set("drop_last", spec.batch.dropLast);
    JsonValue json = JsonValue::object();
    json.set("sources", std::move(sources)).set("split", std::move(split));
    json.set("normalize", std::move(normalize)).set("batch", std::move(batch));
    return json;
}

} // namespace espalier
