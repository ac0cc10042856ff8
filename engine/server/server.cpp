// SPDX-License-Identifier: Apache-2.0
#include "engine/server/server.h"

#include "engine/backends/backend.h"
#include "engine/base/file.h"
#include "engine/base/process.h"
#include "engine/base/processor.h"
#include "engine/base/version.h"
#include "engine/protocol/document_text.h"
#include "engine/protocol/error_json.h"
#include "engine/server/describe_all.h"
#include "engine/server/estimate.h"
#include "engine/server/files.h"
#include "engine/server/model.h"
#include "engine/server/params.h"
#include "engine/server/run_connection.h"
#include "engine/server/schedule_method.h"
#include "engine/server/section_fixes.h"
#include "engine/server/work_methods.h"

#include <algorithm>
#include <cstdlib>

namespace espalier {
namespace {

constexpr std::int64_t kMostVersion = std::int64_t{1} << 53; ///< whole numbers that every JSON reader keeps

JsonValue textsToJson(const std::vector<std::string> &texts)
{
    JsonValue::Array list(texts.begin(), texts.end());
    return JsonValue(std::move(list));
}

/// The version that both sides speak. A client that says nothing of its oldest one speaks the one before, too.
Result<std::int64_t> agreedProtocol(const Call &call)
{
    ESPALIER_TRY(const std::int64_t newest,
                 optionalInteger(call, "protocol", kProtocolVersion, 0, std::int64_t{1} << 31));
    ESPALIER_TRY(const std::int64_t oldest,
                 optionalInteger(call, "oldest_protocol", std::max<std::int64_t>(newest - 1, 0), 0, newest));
    const std::int64_t agreed = std::min<std::int64_t>(newest, kProtocolVersion);
    if (agreed < kOldestProtocol)
        return fail("protocol.old",
                    "The studio speaks version {0} of the protocol, and this engine {1} to {2}. Update the studio.",
                    newest, kOldestProtocol, kProtocolVersion);
    if (agreed < oldest)
        return fail("protocol.new",
                    "The studio speaks versions {0} to {1} of the protocol, and this engine {2}. Update the engine.",
                    oldest, newest, kProtocolVersion);
    return agreed;
}

Result<JsonValue> initialize(const Call &call, const MethodTable &table, const std::vector<Root> &roots)
{
    ESPALIER_TRY(const std::int64_t agreed, agreedProtocol(call));
    JsonValue json = JsonValue::object();
    json.set("engine", JsonValue::object().set("name", "espalier").set("version", kVersion));
    json.set("protocol", agreed).set("newest_protocol", kProtocolVersion).set("oldest_protocol", kOldestProtocol);
    json.set("capabilities", textsToJson(table.names())).set("devices", textsToJson(backendNames()));
    json.set("cores", static_cast<std::int64_t>(processorSet().size())).set("processor", processorName());
    json.set("host", hostName()).set("pid", processId()).set("roots", toJson(roots));
    return json;
}

Result<JsonValue> listTheSamples(const Call &)
{
    JsonValue list = JsonValue::array();
    for (const SampleInfo &sample : listSamples())
        list.append(
            JsonValue::object().set("name", sample.name).set("summary", sample.summary).set("path", sample.path));
    return JsonValue::object().set("samples", std::move(list));
}

Result<JsonValue> readSample(const Call &call)
{
    ESPALIER_TRY(const std::string name, requiredText(call, "name"));
    for (const SampleInfo &sample : listSamples()) {
        if (sample.name != name)
            continue;
        ESPALIER_TRY(std::string text, readFile(sample.path, kMaxDocumentBytes));
        return JsonValue::object()
            .set("name", name)
            .set("text", std::move(text))
            .set("folder", sample.path.substr(0, sample.path.rfind('/')));
    }
    return fail("samples.missing", "There is no sample {0}. samples.list names those that there are.", name);
}

} // namespace

EditingServer::EditingServer(FrameSink &sink, std::vector<Root> roots)
    : m_sink(sink)
    , m_roots(std::move(roots))
    , m_facts([this](const std::string &document) {
        m_sink.send(Notification{"document.stale", JsonValue::object().set("document", document)});
    })
    , m_desk(m_session, m_roots)
    , m_logdirs(m_sink, m_roots)
{
}

void EditingServer::addMethods(MethodTable &table)
{
    addHandshake(table, m_roots);
    table.add("describe", Lane::Work, [](Call &) { return Result<JsonValue>(describeEverything()); });
    table.add("samples.list", Lane::Work, listTheSamples);
    table.add("samples.read", Lane::Work, readSample);
    addDocumentMethods(table);
    addFileMethods(table, m_roots);
    m_desk.addMethods(table);
    m_logdirs.addMethods(table);
    addWorkMethods(table, m_session, m_roots);
    table.add("training.schedule", Lane::Work,
              [this](Call &call) { return trainingSchedule(call, m_session, m_facts); });
}

void EditingServer::addDocumentMethods(MethodTable &table)
{
    table.add("document.open", Lane::Now, [this](Call &call) { return openDocument(call); });
    table.add("document.change", Lane::Now, [this](Call &call) { return changeDocument(call); });
    table.add("document.close", Lane::Now, [this](Call &call) { return closeDocument(call); });
    table.add("document.check", Lane::Check, [this](Call &call) { return checkDocument(call); });
    table.add("document.estimate", Lane::Estimate, [this](Call &call) { return estimateDocument(call); });
}

Result<JsonValue> EditingServer::openDocument(const Call &call)
{
    ESPALIER_TRY(DocumentSnapshot open, ([&]() -> Result<DocumentSnapshot> {
                     DocumentSnapshot s;
                     ESPALIER_TRY(s.id, requiredText(call, "document"));
                     ESPALIER_TRY(s.version, optionalInteger(call, "version", 1, 1, kMostVersion));
                     ESPALIER_TRY(s.folder, optionalText(call, "folder"));
                     ESPALIER_TRY(s.folder, resolveRoot(s.folder, m_roots));
                     return s;
                 }()));
    const JsonValue &content = call.params()["content"];
    const std::string text = content.isNull() ? call.params()["text"].string() : content.dump();
    ESPALIER_TRY(OpenedDocument opened, espalier::openDocument(text, open.id));
    open.document = std::make_shared<Document>(std::move(opened.document));
    open.damage = std::move(opened.problems);
    JsonValue problems = JsonValue::array();
    for (const Error &problem : open.damage)
        problems.append(errorToJson(problem));
    JsonValue result = JsonValue::object().set("version", open.version).set("problems", std::move(problems));
    m_session.open(std::move(open));
    return result;
}

Result<JsonValue> EditingServer::changeDocument(const Call &call)
{
    ESPALIER_TRY(const std::string id, requiredText(call, "document"));
    ESPALIER_TRY(const std::int64_t version, optionalInteger(call, "version", 0, 1, kMostVersion));
    ESPALIER_TRY(const std::int64_t base, optionalInteger(call, "base", version - 1, 0, kMostVersion));
    ESPALIER_TRY(const Change change, changeFromJson(call.params()["change"]));
    ESPALIER_CHECK(m_session.change(id, base, version, change));
    return JsonValue::object().set("version", version);
}

Result<JsonValue> EditingServer::closeDocument(const Call &call)
{
    ESPALIER_TRY(const std::string id, requiredText(call, "document"));
    ESPALIER_CHECK(m_session.close(id));
    m_facts.forget(id);
    return JsonValue();
}

/// What the device can't do. Opening one takes a while, so each is asked once.
std::optional<Error> EditingServer::deviceProblem(const TrainingSettings &settings)
{
    if (settings.precision == "float32")
        return std::nullopt; // every device has it
    const auto [at, isNew] = m_devices.try_emplace(settings.device + '\n' + settings.precision);
    if (isNew)
        if (const auto device = openDevice(settings, 0, true); !device)
            at->second = device.error();
    return at->second;
}

Result<JsonValue> EditingServer::checkDocument(const Call &call)
{
    ESPALIER_TRY(const std::string id, requiredText(call, "document"));
    ESPALIER_TRY(const std::int64_t version, optionalInteger(call, "version", 0, 0, kMostVersion));
    ESPALIER_TRY(const DocumentSnapshot open, m_session.snapshot(id, version));
    const auto settings = readTrainingSettings(open.document->training);
    const CheckData data = m_facts.facts(id, open.document->data, open.folder, settings.value_or(TrainingSettings{}));
    Checked checked = checkEverything(*open.document, data);
    if (const auto problem = settings ? deviceProblem(*settings) : std::nullopt)
        checked.problems.push_back(*problem);
    addSectionFixes(*open.document, checked.problems);
    checked.problems.insert(checked.problems.begin(), open.damage.begin(), open.damage.end());
    if (!m_session.isNewest(id, open.version))
        return fail("document.stale", "Version {0} of the document is no longer the newest.", open.version);
    JsonValue json = checkToJson(*open.document, data, checked);
    return json.set("document", id).set("version", open.version);
}

Result<JsonValue> EditingServer::estimateDocument(const Call &call)
{
    ESPALIER_TRY(const std::string id, requiredText(call, "document"));
    ESPALIER_TRY(const std::int64_t version, optionalInteger(call, "version", 0, 0, kMostVersion));
    ESPALIER_TRY(const DocumentSnapshot open, m_session.snapshot(id, version));
    ESPALIER_TRY(const TrainingSettings settings, readTrainingSettings(open.document->training));
    const CheckData data = m_facts.facts(id, open.document->data, open.folder, settings);
    ESPALIER_TRY(const auto backend, openDevice(settings, 0, true));
    ESPALIER_TRY(const Roof roof, knownRoof(*backend));
    ESPALIER_TRY(const TrainingEstimate estimate, estimateTraining(*open.document, data, *backend, roof, call.stop()));
    if (!m_session.isNewest(id, open.version))
        return fail("document.stale", "Version {0} of the document is no longer the newest.", open.version);
    JsonValue json = estimateToJson(estimate, roof);
    return json.set("document", id).set("version", open.version);
}

void addHandshake(MethodTable &table, const std::vector<Root> &roots)
{
    table.addAlways("initialize", Lane::Now, [&table, &roots](Call &call) { return initialize(call, table, roots); });
    table.addAlways("shutdown", Lane::Now, [](Call &) { return Result<JsonValue>(JsonValue()); });
}

StreamEnd serveEditing(int input, int output, std::vector<Root> roots, RunHost &host)
{
    DescriptorSink sink(output);
    MethodTable table;
    EditingServer server(sink, std::move(roots));
    server.addMethods(table);
    RunConnection runs({host, sink, [&sink] { sink.close(); }, server.roots(), &server.session()});
    runs.addMethods(table);
    Dispatcher dispatcher(table, sink);
    const StreamEnd end = readStream(input, dispatcher, sink);
    if (!dispatcher.isBusyWith("run.") && !host.isBusy())
        std::_Exit(end == StreamEnd::Garbage ? 2 : 0); // nobody waits for what an evaluation or a disk still does
    return end;
}

} // namespace espalier
