// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/window/documents.h"

#include "engine/base/file.h"
#include "engine/protocol/document_text.h"
#include "gui/document/studio_document.h"
#include "gui/engine_client/engine_client.h"
#include "gui/engine_client/text.h"
#include "gui/models/document_sync.h"
#include "gui/window/document_page.h"
#include "gui/window/main_window.h"
#include "gui/window/status_line.h"

#include <QtCore/QFileInfo>
#include <QtCore/QSettings>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QMessageBox>

namespace espalier {
namespace {

constexpr int kMostRecent = 12;
constexpr char kRecentKey[] = "documents/recent";

QString filter()
{
    return Documents::tr("Drawings (*.espalier)") + QStringLiteral(";;") + Documents::tr("All files (*)");
}

} // namespace

Documents::Documents(MainWindow *window)
    : QObject(window)
    , m_window(window)
{
}

DocumentPage *Documents::add(StudioDocument *document, const QString &title, const File &file)
{
    DocumentPage *page = m_window->addPage(document, title);
    m_files.insert(page, file);
    page->sync()->setFolder(folderOf(page));
    connect(page, &QObject::destroyed, this, [this, page] { m_files.remove(page); });
    page->view()->fitAll();
    return page;
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
    return add(new StudioDocument, untitledName(), {});
}

DocumentPage *Documents::open(const QString &path)
{
    const QString absolute = QFileInfo(path).absoluteFilePath();
    for (auto it = m_files.cbegin(); it != m_files.cend(); ++it)
        if (it->path == absolute)
            for (int i = 0; i < m_window->pageCount(); ++i)
                if (m_window->page(i) == it.key()) {
                    m_window->showPage(m_window->page(i));
                    return m_window->page(i);
                }
    const auto bytes = readFile(absolute.toStdString(), kMaxDocumentBytes);
    if (!bytes) {
        m_window->statusLine()->tell(text(bytes.error()));
        return nullptr;
    }
    auto opened = openDocument(*bytes, absolute.toStdString());
    if (!opened) {
        m_window->statusLine()->tell(text(opened.error()));
        return nullptr;
    }
    DocumentPage *page
        = add(new StudioDocument(std::move(opened->document)), QFileInfo(absolute).completeBaseName(), {absolute, {}});
    remember(absolute);
    if (!opened->problems.empty())
        m_window->statusLine()->tell(tr("%n thing(s) in the file could not be read and would be lost by saving. %1",
                                        nullptr, static_cast<int>(opened->problems.size()))
                                         .arg(text(opened->problems.front())));
    return page;
}

void Documents::openSample(const QString &name)
{
    EngineClient *engine = m_window->engine();
    engine->request(
        QStringLiteral("samples.read"), JsonValue::object().set("name", name.toStdString()), this,
        [this, name](const Result<JsonValue> &sample) {
            if (!sample) {
                m_window->statusLine()->tell(text(sample.error()));
                return;
            }
            auto opened = openDocument((*sample)["text"].string(), name.toStdString());
            if (!opened)
                m_window->statusLine()->tell(text(opened.error()));
            else
                add(new StudioDocument(std::move(opened->document)), name, {{}, qString((*sample)["folder"].string())});
        });
}

bool Documents::save(DocumentPage *page)
{
    return hasFile(page) ? saveTo(page, fileOf(page)) : saveAs(page);
}

bool Documents::saveAs(DocumentPage *page)
{
    const QString start = hasFile(page) ? fileOf(page) : page->title() + QStringLiteral(".espalier");
    QString path = QFileDialog::getSaveFileName(m_window, tr("Save drawing"), start, filter());
    if (path.isEmpty())
        return false;
    if (QFileInfo(path).suffix().isEmpty())
        path += QStringLiteral(".espalier");
    return saveTo(page, path);
}

bool Documents::saveTo(DocumentPage *page, const QString &path)
{
    const auto done = writeFileAtomically(path.toStdString(), writeDocument(page->document()->document()));
    if (!done) {
        m_window->statusLine()->tell(text(done.error()));
        return false;
    }
    const QString absolute = QFileInfo(path).absoluteFilePath();
    m_files[page] = {absolute, {}};
    page->document()->markClean();
    page->setTitle(QFileInfo(absolute).completeBaseName());
    page->sync()->setFolder(folderOf(page));
    remember(absolute);
    m_window->statusLine()->tell(tr("Saved %1").arg(absolute));
    return true;
}

bool Documents::close(DocumentPage *page)
{
    if (!page)
        return false;
    if (m_asks && !page->document()->isClean()) {
        m_window->showPage(page);
        const auto answer = QMessageBox::question(
            m_window, tr("Close %1").arg(page->title()), tr("“%1” has edits that are not saved.").arg(page->title()),
            QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, QMessageBox::Save);
        if (answer == QMessageBox::Cancel || (answer == QMessageBox::Save && !save(page)))
            return false;
    }
    m_files.remove(page);
    m_window->removePage(page);
    return true;
}

bool Documents::mayQuit()
{
    for (int i = m_window->pageCount() - 1; i >= 0; --i)
        if (!m_window->page(i)->document()->isClean() && !close(m_window->page(i)))
            return false;
    return true;
}

QString Documents::folderOf(const DocumentPage *page) const
{
    const File file = m_files.value(page);
    return file.path.isEmpty() ? file.folder : QFileInfo(file.path).absolutePath();
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

QStringList Documents::recent() const
{
    return QSettings().value(QLatin1StringView(kRecentKey)).toStringList();
}

void Documents::remember(const QString &path)
{
    QStringList files = recent();
    files.removeAll(path);
    files.prepend(path);
    QSettings().setValue(QLatin1StringView(kRecentKey), QStringList(files.mid(0, kMostRecent)));
    emit recentChanged();
}

} // namespace espalier
