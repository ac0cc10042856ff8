// SPDX-License-Identifier: Apache-2.0
// The runs of a folder: what a table shows, how they are labelled, and the trash that gives them back.
#pragma once

#include "engine/base/json_value.h"
#include "engine/io/run_directory.h"

#include <string>
#include <vector>

namespace espalier {

/// What a person says about a run; in label.json of its folder, so that it may change while the run is alive.
struct RunLabel {
    std::string name; ///< "": the folder's
    std::vector<std::string> tags;
    std::string note;
    std::string colour; ///< "#4a90d9"; "": the viewer chooses
    std::string unknown; ///< a JSON object with the fields that this version doesn't know; kept on save
};
RunLabel readLabel(const std::string &run); ///< an empty one where there is none, or none that can be read
Result<void> writeLabel(const std::string &run, const RunLabel &label);

/// {"run", "name", "folder", "state", "alive", "step", "epoch", "document", "created", "ended", "device", "threads",
/// "seed", "revision", "deterministic", "results", "best", "settings", "tags", "note", "colour", "error"?, "host"}.
/// `record` has its actual state.
JsonValue runToJson(const std::string &run, const RunRecord &record);
/// As runToJson for the run at this path as it stands on the disk.
Result<JsonValue> describeRun(const std::string &run);

/// All runs directly in `folder`, oldest first; one that can't be read has "run", "name", "folder" and "error".
JsonValue listRunsJson(const std::string &folder);
/// Those in the trash of `folder`, each with "bytes".
JsonValue listTrashJson(const std::string &folder);

/// Gives a run another name. Errors: an empty or overlong name, or one that another run of the folder has.
Result<void> renameRun(const std::string &run, const std::string &name);

struct TrashedRun {
    std::string path; ///< where it is now
    std::uint64_t bytes = 0; ///< that emptying the trash frees
};
/// Moves a run into the folder ".trash" beside it. Errors: it is alive; the disk refuses.
Result<TrashedRun> trashRun(const std::string &run);
/// Back to the folder that it came from, under its old name or, where that is taken, one with a number. Returns the
/// path. Errors: it is in no trash.
Result<std::string> restoreRun(const std::string &trashed);
/// Deletes for good all runs in the trash of `folder`. Returns the bytes freed.
Result<std::uint64_t> emptyTrash(const std::string &folder);

} // namespace espalier
