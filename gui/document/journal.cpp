// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/document/journal.h"

#include "gui/document/document_file.h"

#include <QtCore/QThread>

#include <utility>

namespace espalier {

Journal::Journal(DocumentFile &file, const QString &path, QThread &thread, JournalBounds bounds, QObject *parent)
    : QObject(parent)
    , m_file(file)
    , m_document(file.document())
    , m_writer(new JournalWriter(path, bounds))
{
    m_writer->moveToThread(&thread);
    connectAll();
    if (m_file.openedText().empty())
        restart();
    else // as it was read, without writing it out once more
        inWriter([about = journalFile(), text = m_file.openedText(),
                  clean = m_document.cleanPosition()](JournalWriter &writer) { writer.begin(about, text, clean); });
}

Journal::Journal(DocumentFile &file, const QString &path, std::uint64_t goodBytes, QThread &thread,
                 JournalBounds bounds, QObject *parent)
    : QObject(parent)
    , m_file(file)
    , m_document(file.document())
    , m_writer(new JournalWriter(path, bounds))
{
    m_writer->moveToThread(&thread);
    connectAll();
    inWriter([goodBytes](JournalWriter &writer) { writer.goOn(goodBytes); });
}

Journal::~Journal()
{
    inWriter([](JournalWriter &writer) { writer.sync(); });
    m_writer->deleteLater();
}

void Journal::discard()
{
    disconnect(&m_document, nullptr, this, nullptr);
    disconnect(&m_file, nullptr, this, nullptr);
    inWriter([](JournalWriter &writer) { writer.discard(); });
}

void Journal::connectAll()
{
    connect(&m_document, &StudioDocument::happened, this, &Journal::take);
    connect(&m_document, &StudioDocument::reset, this, &Journal::restart);
    connect(&m_file, &DocumentFile::fileChanged, this,
            [this] { inWriter([about = journalFile()](JournalWriter &writer) { writer.setFile(about); }); });
    connect(m_writer, &JournalWriter::restartNeeded, this, &Journal::restart);
    connect(m_writer, &JournalWriter::failed, this, &Journal::failed);
    connect(m_writer, &JournalWriter::works, this, &Journal::works);
}

template <typename Work>
void Journal::inWriter(Work work)
{
    QMetaObject::invokeMethod(
        m_writer, [writer = m_writer, work = std::move(work)] { work(*writer); }, Qt::QueuedConnection);
}

JournalFile Journal::journalFile() const
{
    return {m_file.title(), m_file.path(), m_file.fingerprint()};
}

void Journal::restart()
{
    JournalState state;
    state.file = journalFile();
    state.document = m_document.document();
    state.history = m_document.history();
    state.position = m_document.position();
    state.cleanPosition = m_document.cleanPosition();
    state.time = QDateTime::currentDateTimeUtc();
    inWriter([state = std::move(state)](JournalWriter &writer) { writer.begin(state); });
}

void Journal::take(const DocumentEvent &event)
{
    switch (event.kind) {
    case DocumentEvent::Kind::Apply: {
        HistoryEntry entry;
        entry.label = event.entry->label;
        entry.graph = event.entry->graph;
        entry.change = event.entry->change;
        entry.time = event.entry->time;
        entry.mergeKey = event.entry->mergeKey; // the inverse follows from the change
        inWriter([entry = std::move(entry)](JournalWriter &writer) { writer.apply(entry); });
        break;
    }
    case DocumentEvent::Kind::Merge:
        inWriter([label = event.entry->label, change = *event.change](JournalWriter &writer) {
            writer.merge(label, change);
        });
        break;
    case DocumentEvent::Kind::Jump:
        inWriter([position = event.position](JournalWriter &writer) { writer.jump(position); });
        break;
    case DocumentEvent::Kind::Saved:
        inWriter([position = event.position](JournalWriter &writer) { writer.saved(position); });
        break;
    }
}

} // namespace espalier
