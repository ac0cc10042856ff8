// SPDX-License-Identifier: Apache-2.0
#include "engine/server/model.h"

#include "engine/base/file.h"
#include "engine/base/resources.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

namespace espalier {
namespace {

namespace fs = std::filesystem;

std::string samplesFolder()
{
    return (fs::path(resourcesDirectory()) / "samples").string();
}

/// The value at the end of `path` inside `value`, set; lists take indices.
bool setInside(JsonValue &value, std::string_view path, const JsonValue &to)
{
    const std::size_t dot = path.find('.');
    const std::string_view head = path.substr(0, dot);
    const auto next = [&](JsonValue inner) -> std::optional<JsonValue> {
        if (dot == std::string_view::npos)
            return to;
        if (!setInside(inner, path.substr(dot + 1), to))
            return std::nullopt;
        return inner;
    };
    if (value.isArray()) {
        std::size_t index = 0;
        const auto parsed = std::from_chars(head.data(), head.data() + head.size(), index);
        if (parsed.ec != std::errc() || index >= value.items().size())
            return false;
        JsonValue::Array items = value.items();
        const auto changed = next(items[index]);
        if (!changed)
            return false;
        items[index] = *changed;
        value = JsonValue(std::move(items));
        return true;
    }
    if (!value.isObject() && !value.isNull())
        return false;
    const auto changed = next(value[head]);
    if (changed)
        value.set(head, *changed);
    return changed.has_value();
}

Result<std::string> findDocument(const std::string &model)
{
    std::error_code ignored;
    if (fs::exists(model, ignored))
        return model;
    const bool looksLikePath = model.find('/') != std::string::npos || model.ends_with(".espalier");
    const std::string sample = (fs::path(samplesFolder()) / (model + ".espalier")).string();
    if (!looksLikePath && fs::exists(sample, ignored))
        return sample;
    std::string names;
    for (const SampleInfo &info : listSamples())
        names += (names.empty() ? "" : ", ") + info.name;
    return fail(error("model.missing", "There is no document {0}, and no sample of that name. Samples: {1}.", model,
                      Arg(Arg::Kind::Text, names))
                    .at({.file = model}));
}

} // namespace

Result<void> setByPath(Document &document, std::string_view assignment)
{
    const std::size_t equals = assignment.find('=');
    if (equals == std::string_view::npos || equals == 0)
        return fail("set.form", "--set needs NAME=VALUE, such as training.epochs=3; got {0}.", assignment);
    const std::string_view path = assignment.substr(0, equals);
    const std::string_view text = assignment.substr(equals + 1);
    const auto parsed = JsonValue::parse(text, "the value");
    const JsonValue value = parsed ? *parsed : JsonValue(text);
    const std::size_t dot = path.find('.');
    const std::string_view head = path.substr(0, dot);
    const std::string_view rest = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    const auto refuse = [&]() -> tl::unexpected<Error> {
        return fail("set.path",
                    "--set {0}: there is nothing of that name. Use training.<setting>, data.<path> or "
                    "<layer name>.<parameter>.",
                    path);
    };
    if (rest.empty())
        return refuse();
    if (head == "training" || head == "data") {
        JsonValue &section = head == "training" ? document.training : document.data;
        return setInside(section, rest, value) ? Result<void>() : refuse();
    }
    for (DocumentNode &node : document.graph.nodes)
        if (node.name == head)
            return setInside(node.params, rest, value) ? Result<void>() : refuse();
    return refuse();
}

Result<Model> loadModel(const ModelRequest &request)
{
    Model model;
    if (request.text) {
        model.path = request.model;
        ESPALIER_TRY(model.document, readDocument(*request.text, request.model.empty() ? "untitled" : request.model));
    } else {
        ESPALIER_TRY(model.path, findDocument(request.model));
        ESPALIER_TRY(const std::string text, readFile(model.path, kMaxDocumentBytes));
        ESPALIER_TRY(model.document, readDocument(text, request.model));
    }
    const fs::path parent = fs::path(model.path).parent_path();
    model.title = !request.title.empty() ? request.title
        : model.path.empty()             ? std::string("untitled")
                                         : fs::path(model.path).stem().string();
    std::error_code ignored;
    model.isSample
        = model.path.empty() || fs::equivalent(parent.empty() ? fs::path(".") : parent, samplesFolder(), ignored);
    model.folder = request.dataFolder.empty() ? parent.string() : request.dataFolder;
    for (const std::string &assignment : request.sets)
        ESPALIER_CHECK(setByPath(model.document, assignment));
    if (request.device)
        ESPALIER_CHECK(setByPath(model.document, "training.device=" + *request.device));
    if (request.seed)
        ESPALIER_CHECK(setByPath(model.document, "training.seed=" + std::to_string(*request.seed)));
    auto settings = readTrainingSettings(model.document.training);
    if (!settings) {
        Error e = std::move(settings).error();
        if (e.where.file.empty())
            e.where.file = request.model;
        return fail(std::move(e));
    }
    model.settings = std::move(*settings);
    return model;
}

std::vector<SampleInfo> listSamples()
{
    std::vector<SampleInfo> samples;
    std::error_code problem;
    for (const auto &entry : fs::directory_iterator(samplesFolder(), problem)) {
        if (entry.path().extension() != ".espalier")
            continue;
        SampleInfo info{entry.path().stem().string(), entry.path().string(), {}};
        if (const auto text = readFile(info.path, kMaxDocumentBytes))
            if (const auto document = readDocument(*text, info.path))
                info.summary = document->extra["description"].string();
        samples.push_back(std::move(info));
    }
    std::sort(samples.begin(), samples.end(), [](const SampleInfo &a, const SampleInfo &b) { return a.name < b.name; });
    return samples;
}

} // namespace espalier
