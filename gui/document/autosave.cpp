// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/document/autosave.h"

#include "gui/document/document_file.h"
#include "gui/document/studio_document.h"

#include <QtCore/QSettings>

#include <algorithm>

namespace espalier {
namespace {

constexpr int kMostSeconds = 3600;
const char *const kKey = "autosave_seconds";

} // namespace

Autosave::Autosave(DocumentFile &file, QObject *parent)
    : QObject(parent)
    , m_file(file)
{
    m_timer.setSingleShot(true);
    m_timer.setInterval(0);
    connect(&m_timer, &QTimer::timeout, this, &Autosave::save);
    connect(&m_file.document(), &StudioDocument::changed, this, &Autosave::onEdit);
    connect(&m_file, &DocumentFile::diskStateChanged, this, &Autosave::onEdit);
}

Autosave::~Autosave() = default;

void Autosave::setDelay(std::chrono::milliseconds delay)
{
    m_timer.stop();
    m_timer.setInterval(std::max(delay, std::chrono::milliseconds(0)));
    if (!m_file.document().isClean())
        onEdit();
}

void Autosave::onEdit()
{
    if (m_timer.interval() > 0)
        m_timer.start();
}

void Autosave::save()
{
    const StudioDocument &document = m_file.document();
    if (document.isClean() || document.isReadOnly() || m_file.diskState() != DocumentFile::DiskState::Same)
        return;
    if (m_file.isSaving())
        m_timer.start();
    else
        m_file.save();
}

int Autosave::chosenSeconds()
{
    return std::clamp(QSettings().value(QLatin1String(kKey), 0).toInt(), 0, kMostSeconds);
}

void Autosave::chooseSeconds(int seconds)
{
    QSettings().setValue(QLatin1String(kKey), std::clamp(seconds, 0, kMostSeconds));
}

} // namespace espalier
