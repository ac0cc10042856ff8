// SPDX-License-Identifier: Apache-2.0
// The requests of a RunConnection that start runs, and those about runs on the disk.
#include "engine/protocol/document.h"
#include "engine/server/params.h"
#include "engine/server/run_catalog.h"
#include "engine/server/run_connection.h"
#include "engine/server/run_files.h"
#include "engine/server/session.h"

#include <filesystem>
#include <mutex>

namespace espalier {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t kMostSeed = std::int64_t{1} << 53; ///< whole numbers that every JSON reader keeps

/// "training.epochs": 3 -> "training.epochs=3"
Result<std::vector<std::string>> overridesOf(const Call &call)
{
    std::vector<std::string> sets;
    const JsonValue &overrides = call.params()["overrides"];
    if (!overrides.isNull() && !overrides.isObject())
        return fail("rpc.params", "{0}: overrides must be an object of paths and values.", call.method());
    for (const auto &[path, value] : overrides.members())
        sets.push_back(path + "=" + value.dump());
    return sets;
}

Result<std::string> folderName(const std::string &name)
{
    if (name.size() > 80 || name.front() == '.' || name.find('/') != std::string::npos)
        return fail("run.name", "{0} can't be the name of a run's folder. Use up to 80 letters and no slash.", name);
    return name;
}

std::string pathOrEmpty(const Call &call, std::string_view name, const std::vector<Root> &roots, Result<void> &trouble)
{
    auto text = optionalText(call, name);
    auto path = text ? resolveRoot(*text, roots) : text;
    if (!path && trouble)
        trouble = fail(path.error());
    return path.value_or("");
}

} // namespace

void RunConnection::addCatalogue(MethodTable &table)
{
    table.add("run.list", Lane::Work, [this](Call &call) { return list(call); });
    table.add("run.open", Lane::Work, [this](Call &call) { return open(call); });
    table.add("run.annotate", Lane::Work, [this](Call &call) { return annotate(call); });
    table.add("run.alive", Lane::Work, [](Call &) {
        JsonValue runs = JsonValue::array();
        for (const std::string &run : livingRuns())
            if (auto json = describeRun(run); json && (*json)["alive"].boolean())
                runs.append(std::move(*json));
        return Result<JsonValue>(JsonValue::object().set("runs", std::move(runs)));
    });
    table.add("queue.list", Lane::Work,
              [](Call &) { return Result<JsonValue>(JsonValue::object().set("runs", queueToJson(queueEntries()))); });
    table.add("run.rename", Lane::Work, [this](Call &call) -> Result<JsonValue> {
        ESPALIER_TRY(const std::string run, runOf(call));
        ESPALIER_TRY(const std::string name, requiredText(call, "name"));
        ESPALIER_CHECK(renameRun(run, name));
        return JsonValue::object().set("run", run).set("name", name);
    });
    table.add("run.trash", Lane::Work, [this](Call &call) -> Result<JsonValue> {
        ESPALIER_TRY(const std::string run, runOf(call));
        ESPALIER_TRY(const TrashedRun trashed, trashRun(run));
        return JsonValue::object().set("run", trashed.path).set("bytes", static_cast<std::int64_t>(trashed.bytes));
    });
    table.add("run.restore", Lane::Work, [this](Call &call) -> Result<JsonValue> {
        ESPALIER_TRY(const std::string trashed, runOf(call));
        ESPALIER_TRY(std::string run, restoreRun(trashed));
        return JsonValue::object().set("run", std::move(run));
    });
    table.add("run.empty_trash", Lane::Work, [this](Call &call) -> Result<JsonValue> {
        ESPALIER_TRY(const std::string named, requiredText(call, "folder"));
        ESPALIER_TRY(const std::string folder, resolveRoot(named, m_context.roots));
        ESPALIER_TRY(const std::uint64_t bytes, emptyTrash(folder));
        return JsonValue::object().set("bytes", static_cast<std::int64_t>(bytes));
    });
}

/// The drawing: an open document, its content or text; or where it lies, or the run that has it.
Result<void> RunConnection::takeDocument(const Call &call, TrainRequest &request) const
{
    ModelRequest &model = request.model;
    ESPALIER_TRY(const std::string id, optionalText(call, "document"));
    const JsonValue &content = call.params()["content"];
    const JsonValue &text = call.params()["text"];
    if (!id.empty() && m_context.session) {
        ESPALIER_TRY(const DocumentSnapshot open, m_context.session->snapshot(id, 0));
        if (!open.damage.empty())
            return fail(open.damage.front());
        model.text = writeDocument(*open.document);
        if (model.dataFolder.empty())
            model.dataFolder = open.folder;
    } else if (!content.isNull()) {
        model.text = content.dump();
    } else if (text.isString()) {
        model.text = text.string();
    } else if (model.model.empty() && request.resume.empty()) {
        return fail("rpc.params",
                    "{0} needs document (the id of an open one), content, text, path (of a saved one, or the name of a "
                    "sample) or resume (a run).",
                    call.method());
    }
    return {};
}

Result<TrainRequest> RunConnection::trainRequest(const Call &call) const
{
    TrainRequest request;
    ModelRequest &model = request.model;
    Result<void> trouble;
    model.model = pathOrEmpty(call, "path", m_context.roots, trouble);
    model.dataFolder = pathOrEmpty(call, "data_folder", m_context.roots, trouble);
    request.runParent = pathOrEmpty(call, "folder", m_context.roots, trouble);
    request.resume = pathOrEmpty(call, "resume", m_context.roots, trouble);
    ESPALIER_CHECK(trouble);
    ESPALIER_TRY(model.title, optionalText(call, "title"));
    ESPALIER_TRY(model.sets, overridesOf(call));
    ESPALIER_TRY(const std::string device, optionalText(call, "device"));
    if (!device.empty())
        model.device = device;
    if (!call.params()["seed"].isNull()) {
        ESPALIER_TRY(model.seed, optionalInteger(call, "seed", 0, 0, kMostSeed));
    }
    ESPALIER_TRY(const std::int64_t threads, optionalInteger(call, "threads", 0, 0, 4096));
    request.threads = static_cast<int>(threads);
    ESPALIER_TRY(request.deterministic, optionalBool(call, "deterministic", false));
    ESPALIER_TRY(request.checkpoint, optionalText(call, "checkpoint"));
    ESPALIER_TRY(const std::string queue, optionalText(call, "queue", "now"));
    if (queue != "now" && queue != "wait")
        return fail("rpc.params", "{0}: queue must be \"now\" or \"wait\".", call.method());
    request.waits = queue == "wait";
    ESPALIER_CHECK(takeDocument(call, request));
    if (!request.resume.empty()) {
        const bool isNamed = request.checkpoint.empty() || request.checkpoint == "last" || request.checkpoint == "best";
        if (!isNamed)
            ESPALIER_CHECK(runFilePath(request.resume, request.checkpoint));
        return request;
    }
    ESPALIER_TRY(const std::string name, optionalText(call, "name"));
    if (request.runParent.empty())
        request.runParent = defaultRunParent(model);
    if (!name.empty()) {
        ESPALIER_TRY(const std::string leaf, folderName(name));
        request.runFolder = (fs::path(request.runParent) / leaf).string();
    }
    return request;
}

/// The edited drawing is compiled on this thread, beside the run.
Result<JsonValue> RunConnection::apply(const Call &call)
{
    ESPALIER_TRY(const std::string run, runOf(call));
    TrainRequest request;
    request.resume = run; // so that a missing drawing is the one problem
    ESPALIER_CHECK(takeDocument(call, request));
    if (!request.model.text)
        return fail("rpc.params", "{0} needs document (the id of an open one), content or text.", call.method());
    const auto live = liveHere(run);
    if (!live) { // the other process does not have the open documents of this one
        ESPALIER_TRY(const auto joined, remote(run));
        return joined->request(call.method(), JsonValue::object().set("run", run).set("text", *request.model.text),
                               call.stop(), call.id());
    }
    request.model.dataFolder.clear(); // as the run's
    std::vector<Error> problems;
    Result<std::shared_ptr<PlanSwap>> swap = std::shared_ptr<PlanSwap>();
    runAside(false, [&] { swap = prepareSwap(request.model, run, problems); });
    if (!swap)
        return fail(swap.error());
    ESPALIER_TRY(const CommandEffect effect, live->command({TrainCommand::Kind::Swap, 0, {}, *swap}, call.stop()));
    JsonValue::Array notTaken(effect.notTaken.begin(), effect.notTaken.end());
    return JsonValue::object()
        .set("run", run)
        .set("step", effect.step)
        .set("revision", effect.revision)
        .set("not_taken", JsonValue(std::move(notTaken)))
        .set("rate_factor", effect.rateFactor)
        .set("rate", effect.rate);
}

Result<JsonValue> RunConnection::start(const Call &call)
{
    ESPALIER_TRY(TrainRequest request, trainRequest(call));
    ESPALIER_TRY(const auto live, m_context.host.start(std::move(request)));
    JsonValue result = live->status();
    if (!live->sharing().empty())
        result.set("warning",
                   error("run.shares",
                         "It shares its cores with {0}, so both are slower. Let it wait in the queue, or "
                         "give each fewer threads.",
                         live->sharing())
                       .message());
    if (const std::string trouble = live->socketTrouble(); !trouble.empty())
        result.set("warning", trouble);
    return result;
}

Result<JsonValue> RunConnection::list(const Call &call) const
{
    ESPALIER_TRY(const bool inTrash, optionalBool(call, "trash", false));
    JsonValue::Array folders = call.params()["folders"].items();
    if (folders.empty()) {
        ESPALIER_TRY(std::string folder, requiredText(call, "folder"));
        folders.emplace_back(std::move(folder));
    }
    JsonValue runs = JsonValue::array();
    for (const JsonValue &named : folders) {
        ESPALIER_TRY(const std::string folder, resolveRoot(named.string(), m_context.roots));
        const JsonValue inside = inTrash ? listTrashJson(folder) : listRunsJson(folder);
        for (const JsonValue &run : inside.items())
            runs.append(run);
        if (call.isCancelled())
            return fail("rpc.cancelled", "The request was cancelled.");
    }
    return JsonValue::object().set("runs", std::move(runs));
}

Result<JsonValue> RunConnection::open(const Call &call) const
{
    ESPALIER_TRY(const std::string run, runOf(call));
    ESPALIER_TRY(JsonValue snapshot, restingSnapshot(run));
    ESPALIER_TRY(const RunDirectory directory, RunDirectory::open(run));
    const std::int64_t revision = directory.latestRevision();
    if (revision > 0)
        snapshot.set("model", fs::path(directory.modelPath(revision)).lexically_relative(run).generic_string());
    return snapshot;
}

Result<JsonValue> RunConnection::annotate(const Call &call) const
{
    ESPALIER_TRY(const std::string run, runOf(call));
    ESPALIER_TRY([[maybe_unused]] const RunDirectory exists, RunDirectory::open(run));
    static std::mutex oneAtATime; // what two say at the same time both stands
    const std::lock_guard lock(oneAtATime);
    RunLabel label = readLabel(run);
    ESPALIER_TRY(label.note, optionalText(call, "note", label.note));
    ESPALIER_TRY(label.colour, optionalText(call, "colour", label.colour));
    if (const JsonValue &tags = call.params()["tags"]; tags.isArray()) {
        label.tags.clear();
        for (const JsonValue &tag : tags.items())
            label.tags.push_back(tag.string());
    }
    ESPALIER_CHECK(writeLabel(run, label));
    return describeRun(run);
}

} // namespace espalier
