// SPDX-License-Identifier: Apache-2.0
// The open documents of one editing connection, kept in step with the studio's by changes with versions.
#pragma once

#include "engine/protocol/change.h"
#include "engine/protocol/document.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace espalier {

/// A document as it was at one version. Immutable, so that a check needs no lock.
struct DocumentSnapshot {
    std::string id;
    std::int64_t version = 0;
    std::string folder; ///< of the document; relative data paths start here
    std::shared_ptr<const Document> document;
    bool isLent = false; ///< the session's: somebody holds the document
    std::vector<Error> damage; ///< nodes and wires that could not be read when it was opened
};

/// Every function can be called from any thread.
class Session {
public:
    /// Replaces what was open under this id.
    void open(DocumentSnapshot snapshot);
    /// The change leads from `version` - 1 or any older one of the studio to `version`; `base` is the version that it
    /// was made on. Errors: not open; "document.stale" where `base` is not what the engine has or the change does not
    /// fit: the studio opens the document again.
    Result<void> change(const std::string &id, std::int64_t base, std::int64_t version, const Change &change);
    Result<void> close(const std::string &id);
    /// `version` 0: the newest. Errors: not open; "document.stale" where there is a newer one (or not yet this one).
    Result<DocumentSnapshot> snapshot(const std::string &id, std::int64_t version) const;
    bool isNewest(const std::string &id, std::int64_t version) const;

private:
    mutable std::mutex m_mutex;
    mutable std::map<std::string, DocumentSnapshot, std::less<>> m_documents; ///< snapshot() marks what it lends
};

} // namespace espalier
