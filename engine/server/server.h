// SPDX-License-Identifier: Apache-2.0
// The editing side of `espalier serve`: catalogue, documents, live answers. engine/protocol/README.md is its spec.
#pragma once

#include "engine/server/data_facts.h"
#include "engine/server/data_methods.h"
#include "engine/server/dispatcher.h"
#include "engine/server/logdir_methods.h"
#include "engine/server/roots.h"
#include "engine/server/session.h"

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace espalier {

class RunHost;

/// What the editing methods of one connection share. Make it, add its methods (and others) to a table, then dispatch.
/// `sink` must outlive it, and it must outlive the dispatcher.
class EditingServer {
public:
    EditingServer(FrameSink &sink, std::vector<Root> roots);
    void addMethods(MethodTable &table);

    Session &session() { return m_session; }
    const std::vector<Root> &roots() const { return m_roots; }

private:
    Result<JsonValue> openDocument(const Call &call);
    Result<JsonValue> changeDocument(const Call &call);
    Result<JsonValue> closeDocument(const Call &call);
    Result<JsonValue> checkDocument(const Call &call);
    Result<JsonValue> estimateDocument(const Call &call);
    void addDocumentMethods(MethodTable &table);
    std::optional<Error> deviceProblem(const TrainingSettings &settings);

    FrameSink &m_sink;
    std::vector<Root> m_roots;
    Session m_session;
    std::map<std::string, std::optional<Error>> m_devices; ///< by device and precision; of the checking thread
    DataFacts m_facts;
    DataDesk m_desk;
    LogdirDesk m_logdirs;
};

/// Adds `initialize` (whose capabilities are all that `table` holds when it is called) and `shutdown`. `table` and
/// `roots` must outlive the dispatcher.
void addHandshake(MethodTable &table, const std::vector<Root> &roots);

/// Answers on two descriptors until the end of input, `shutdown`, or garbage. Then a process without a run ends at once
/// (exit code 0, or 2 for garbage); otherwise handlers under way are asked to stop and waited for.
StreamEnd serveEditing(int input, int output, std::vector<Root> roots, RunHost &host);

} // namespace espalier
