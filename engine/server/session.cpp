// SPDX-License-Identifier: Apache-2.0
#include "engine/server/session.h"

namespace espalier {
namespace {

tl::unexpected<Error> notOpen(const std::string &id)
{
    return fail("document.closed", "No document {0} is open. Send document.open first.", id);
}

} // namespace

void Session::open(DocumentSnapshot snapshot)
{
    const std::lock_guard lock(m_mutex);
    snapshot.isLent = true; // the caller may have kept it
    m_documents.insert_or_assign(snapshot.id, std::move(snapshot));
}

Result<void> Session::change(const std::string &id, std::int64_t base, std::int64_t version, const Change &change)
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_documents.find(id);
    if (found == m_documents.end())
        return notOpen(id);
    DocumentSnapshot &open = found->second;
    if (open.version != base || version <= base)
        return fail("document.stale",
                    "The change leads from version {0} to {1}, but the engine has version {2}. Open the document anew.",
                    base, version, open.version);
    // Whoever got a version keeps it; one that nobody saw is edited in place.
    std::shared_ptr<Document> edited
        = open.isLent ? std::make_shared<Document>(*open.document) : std::const_pointer_cast<Document>(open.document);
    if (const auto inverse = apply(*edited, change); !inverse)
        return fail("document.stale", "The change does not fit the engine's copy: {0} Open the document anew.",
                    Arg(Arg::Kind::Text, inverse.error().message()));
    open.document = std::move(edited);
    open.isLent = false;
    open.version = version;
    return {};
}

Result<void> Session::close(const std::string &id)
{
    const std::lock_guard lock(m_mutex);
    return m_documents.erase(id) > 0 ? Result<void>() : notOpen(id);
}

Result<DocumentSnapshot> Session::snapshot(const std::string &id, std::int64_t version) const
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_documents.find(id);
    if (found == m_documents.end())
        return notOpen(id);
    if (version != 0 && version != found->second.version)
        return fail("document.stale", "Version {0} was asked for, but the engine has version {1}.", version,
                    found->second.version);
    found->second.isLent = true;
    return found->second;
}

bool Session::isNewest(const std::string &id, std::int64_t version) const
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_documents.find(id);
    return found != m_documents.end() && found->second.version == version;
}

} // namespace espalier
