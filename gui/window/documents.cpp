// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/window/documents.h"

#include "engine/protocol/document_text.h"
#include "gui/document/autosave.h"
#include "gui/document/document_file.h"
#include "gui/document/document_lock.h"
#include "gui/document/recent_files.h"
#include "gui/document/recovery.h"
#include "gui/document/session_memory.h"
#include "gui/document/studio_document.h"
#include "gui/engine_client/engine_client.h"
#include "gui/engine_client/text.h"
#include "gui/models/document_sync.h"
#include "gui/window/document_page.h"
#include "gui/window/main_window.h"
#include "gui/window/notice_bar.h"
#include "gui/window/status_line.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QFileInfo>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QMessageBox>

#include <algorithm>
#include <chrono>

namespace espalier {
namespace {

QString filter()
{
    return Documents::tr("Drawings (*.espalier)") + QStringLiteral(";;") + Documents::tr("All files (*)");
}

/// Whether no studio has it open.
bool isFree(const QString &path)
{
    return DocumentLock::tryTake(path).has_value(); // and lets it go again
}

} // namespace

Documents::Documents(MainWindow *window)
    : QObject(window)
    , m_window(window)
    , m_recovery(new Recovery(qApp))
    , m_recent(new RecentFiles(this))
{
    connect(m_recovery, &Recovery::failed, this,
            [this](const Error &error) { m_window->statusLine()->tell(text(error)); });
}

DocumentPage *Documents::add(StudioDocument *document, DocumentFile *file, const QString &sampleFolder)
{
    DocumentPage *page = m_window->addPage(document, file->title());
    file->setParent(page);
    auto *autosave = new Autosave(*file, file);
    autosave->setDelay(std::chrono::seconds(Autosave::chosenSeconds()));
    m_files.insert(page, {file, autosave, sampleFolder});
    page->sync()->setFolder(folderOf(page));
    connect(page, &QObject::destroyed, this, [this, page] { m_files.remove(page); });
    follow(page, file);
    return page;
}

DocumentPage *Documents::addWithJournal(StudioDocument *document, DocumentFile *file, const QString &sampleFolder)
{
    m_recovery->start(*file);
    return add(document, file, sampleFolder);
}

void Documents::dropJournal(const DocumentPage *page)
{
    if (DocumentFile *file = diskFile(page))
        m_recovery->close(*file);
}

int Documents::recoverLost()
{
    const LostDocuments lost = m_recovery->lost();
    int count = 0;
    for (const LostDocument &each : lost.documents)
        count += recover(each) != nullptr;
    for (const Error &error : lost.unreadable)
        m_window->statusLine()->tell(text(error));
    return count;
}

DocumentPage *Documents::recover(const LostDocument &lost)
{
    auto document = std::make_unique<StudioDocument>();
    auto file = std::make_unique<DocumentFile>(*document);
    file->setUntitledName(lost.title);
    if (const auto done = m_recovery->recover(lost, *file); !done) {
        m_window->statusLine()->tell(text(done.error()));
        return nullptr;
    }
    DocumentPage *page = add(document.release(), file.release());
    QString sentence = lost.unsavedEdits == 1
        ? tr("The studio ended unexpectedly. “%1” is back, with 1 edit that is not saved.").arg(lost.title)
        : tr("The studio ended unexpectedly. “%1” is back, with %2 edits that are not saved.")
              .arg(lost.title)
              .arg(lost.unsavedEdits);
    if (lost.isCut)
        sentence += QLatin1Char(' ') + tr("The very last edits could not be read.");
    if (lost.unsavedEdits > 0 || lost.isCut)
        page->notices()->show(QStringLiteral("recovered"), sentence, {{tr("Save"), [this, page] { save(page); }}});
    return page;
}

void Documents::follow(DocumentPage *page, DocumentFile *file)
{
    connect(file, &DocumentFile::fileChanged, page, [this, page, file] {
        page->setTitle(file->title());
        page->sync()->setFolder(folderOf(page));
    });
    connect(file, &DocumentFile::saved, page, [this, page, file] {
        m_recent->add(file->path(), page->document()->document());
        m_window->statusLine()->tell(tr("Saved %1").arg(file->path()));
    });
    connect(file, &DocumentFile::saveFailed, page,
            [page](const Error &error) { page->notices()->show(QStringLiteral("save"), text(error), {}); });
    connect(file, &DocumentFile::originalKept, page, [page](const QString &path) {
        page->notices()->show(QStringLiteral("kept"),
                              tr("The file as it was, with what could not be read of it, is kept as %1.").arg(path),
                              {});
    });
    connect(file, &DocumentFile::diskStateChanged, page, [this, page, file] { showDiskState(page, file); });
    connect(page->document(), &StudioDocument::readOnlyChanged, page, [this, page, file] { showLock(page, file); });
    showLock(page, file);
}

void Documents::showDiskState(DocumentPage *page, DocumentFile *file)
{
    const QString key = QStringLiteral("disk");
    switch (file->diskState()) {
    case DocumentFile::DiskState::Changed:
        page->notices()->show(key, tr("Another program has changed %1.").arg(file->path()),
                              {{tr("Reload"),
                                [page, file] {
                                    if (const auto done = file->reload(); !done)
                                        emit page->told(text(done.error()));
                                }},
                               {tr("Keep mine"), [file] { file->keepMine(); }}});
        break;
    case DocumentFile::DiskState::Removed:
        page->notices()->show(key, tr("%1 is no longer there. Saving brings it back.").arg(file->path()), {});
        break;
    case DocumentFile::DiskState::Untitled:
    case DocumentFile::DiskState::Same:
        page->notices()->clear(key);
        break;
    }
}

void Documents::showLock(DocumentPage *page, DocumentFile *file)
{
    const QString key = QStringLiteral("lock");
    if (const auto &refusal = file->lockRefusal(); refusal && page->document()->isReadOnly())
        page->notices()->show(key, text(*refusal), {});
    else
        page->notices()->clear(key);
}

QString Documents::untitledName() const
{
    QStringList taken;
    for (int i = 0; i < m_window->pageCount(); ++i)
        taken.append(m_window->page(i)->title());
    QString name = tr("untitled");
    for (int i = 2; taken.contains(name); ++i)
        name = tr("untitled %1").arg(i);
    return name;
}

DocumentPage *Documents::newDocument()
{
    auto *document = new StudioDocument;
    auto *file = new DocumentFile(*document);
    file->setUntitledName(untitledName());
    return addWithJournal(document, file);
}

DocumentPage *Documents::shownFile(const QString &path) const
{
    for (int i = 0; i < m_window->pageCount(); ++i)
        if (fileOf(m_window->page(i)) == path)
            return m_window->page(i);
    return nullptr;
}

DocumentPage *Documents::open(const QString &path)
{
    const QString absolute = QFileInfo(path).absoluteFilePath();
    if (DocumentPage *shown = shownFile(absolute)) {
        m_window->showPage(shown);
        return shown;
    }
    auto document = std::make_unique<StudioDocument>();
    auto file = std::make_unique<DocumentFile>(*document);
    const auto opened = file->open(absolute);
    if (!opened) {
        m_window->statusLine()->tell(text(opened.error()));
        return nullptr;
    }
    DocumentPage *page = addWithJournal(document.release(), file.release());
    m_recent->add(absolute, page->document()->document());
    if (!opened->empty())
        page->notices()->show(QStringLiteral("damage"),
                              tr("Some of the file could not be read and is left out (%1). %2")
                                  .arg(opened->size())
                                  .arg(text(opened->front())),
                              {});
    return page;
}

void Documents::openSample(const QString &name)
{
    EngineClient *engine = m_window->engine();
    engine->request(QStringLiteral("samples.read"), JsonValue::object().set("name", name.toStdString()), this,
                    [this, name](const Result<JsonValue> &sample) {
                        if (!sample) {
                            m_window->statusLine()->tell(text(sample.error()));
                            return;
                        }
                        auto opened = openDocument((*sample)["text"].string(), name.toStdString());
                        if (!opened) {
                            m_window->statusLine()->tell(text(opened.error()));
                            return;
                        }
                        auto *document = new StudioDocument(std::move(opened->document));
                        auto *file = new DocumentFile(*document);
                        file->setUntitledName(name);
                        addWithJournal(document, file, qString((*sample)["folder"].string()));
                    });
}

bool Documents::save(DocumentPage *page)
{
    if (!hasFile(page))
        return saveAs(page);
    diskFile(page)->save();
    return true;
}

bool Documents::saveAs(DocumentPage *page)
{
    const QString start = hasFile(page) ? fileOf(page) : page->title() + QStringLiteral(".espalier");
    QString path = QFileDialog::getSaveFileName(m_window, tr("Save drawing"), start, filter());
    if (path.isEmpty())
        return false;
    if (QFileInfo(path).suffix().isEmpty())
        path += QStringLiteral(".espalier");
    diskFile(page)->saveAs(path);
    return true;
}

bool Documents::isSafe(const DocumentPage *page) const
{
    DocumentFile *file = diskFile(page);
    if (!file)
        return page->document()->isClean();
    file->finishSaving(); // one under way may be what makes it safe
    return file->isSafe();
}

bool Documents::close(DocumentPage *page)
{
    if (!page)
        return false;
    if (m_asks && !isSafe(page)) {
        m_window->showPage(page);
        const auto answer = QMessageBox::question(
            m_window, tr("Close %1").arg(page->title()), tr("“%1” has edits that are not saved.").arg(page->title()),
            QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, QMessageBox::Save);
        if (answer == QMessageBox::Cancel)
            return false;
        if (answer == QMessageBox::Save) {
            if (!hasFile(page)) {
                saveAs(page); // goes on in the background; the tab stays until the file is there
                return false;
            }
            if (const auto saved = diskFile(page)->saveNow(); !saved) {
                page->notices()->show(QStringLiteral("save"), text(saved.error()), {});
                return false;
            }
        }
    }
    dropJournal(page);
    m_window->removePage(page);
    return true;
}

void Documents::checkDisk()
{
    for (const Entry &entry : m_files)
        entry.file->checkDisk();
}

bool Documents::mayQuit()
{
    for (int i = m_window->pageCount() - 1; i >= 0; --i)
        if (!isSafe(m_window->page(i)) && !close(m_window->page(i)))
            return false;
    for (int i = 0; i < m_window->pageCount(); ++i)
        dropJournal(m_window->page(i));
    return true;
}

QString Documents::fileOf(const DocumentPage *page) const
{
    const Entry entry = m_files.value(page);
    return entry.file ? entry.file->path() : QString();
}

QString Documents::folderOf(const DocumentPage *page) const
{
    const QString path = fileOf(page);
    return path.isEmpty() ? m_files.value(page).sampleFolder : QFileInfo(path).absolutePath();
}

QString Documents::savedText(const DocumentPage *page) const
{
    if (page->document()->isReadOnly())
        return tr("Read-only");
    if (!hasFile(page))
        return tr("Not saved yet");
    return page->document()->isClean() ? tr("Saved") : tr("Edited");
}

QString Documents::savedTip(const DocumentPage *page) const
{
    return hasFile(page) ? fileOf(page) : tr("This drawing has no file yet (Ctrl+S).");
}

void Documents::setAutosave(int seconds)
{
    Autosave::chooseSeconds(seconds);
    for (const Entry &entry : m_files)
        entry.autosave->setDelay(std::chrono::seconds(seconds));
}

void Documents::rememberOpen() const
{
    RememberedSession session;
    for (int i = 0; i < m_window->pageCount(); ++i) {
        const DocumentPage *page = m_window->page(i);
        if (!hasFile(page))
            continue;
        if (page == m_window->page())
            session.active = static_cast<int>(session.tabs.size());
        RememberedTab tab;
        tab.path = fileOf(page);
        tab.graph = qString(page->graph());
        const GraphView::ViewState state = page->view()->viewState();
        tab.views.insert(tab.graph, {state.zoom, state.centre});
        session.tabs.push_back(tab);
    }
    rememberSession(session);
}

int Documents::openRemembered()
{
    const RememberedSession session = rememberedSession();
    std::vector<DocumentPage *> pages;
    for (const RememberedTab &tab : session.tabs) {
        // A second studio beside the first one does not open all its tabs once more, to be read only.
        const bool isWanted = QFileInfo::exists(tab.path) && (shownFile(tab.path) || isFree(tab.path));
        DocumentPage *page = isWanted ? open(tab.path) : nullptr;
        pages.push_back(page);
        if (!page)
            continue;
        page->showGraph(tab.graph.toStdString());
        if (const auto view = tab.views.constFind(tab.graph); view != tab.views.cend())
            page->lookAt({view->zoom, view->centre});
    }
    if (session.active < static_cast<int>(pages.size()) && pages[static_cast<std::size_t>(session.active)])
        m_window->showPage(pages[static_cast<std::size_t>(session.active)]);
    return static_cast<int>(std::count_if(pages.begin(), pages.end(), [](DocumentPage *page) { return page; }));
}

} // namespace espalier
