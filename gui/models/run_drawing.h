// SPDX-License-Identifier: GPL-3.0-or-later
// The drawing that a run trains, as its directory keeps it.
#pragma once

#include "engine/base/error.h"
#include "engine/protocol/document.h"

#include <QtCore/QObject>
#include <QtCore/QString>

#include <functional>
#include <optional>

namespace espalier {

class EngineClient;

using TakeRunDrawing = std::function<void(const Result<Document> &)>;

/// Reads it once. Calls `take` on this thread, unless `context` is gone by then.
void readRunDrawing(EngineClient *engine, const QString &run, QObject *context, TakeRunDrawing take);

/// Keeps up with the drawing of one run.
class RunDrawing : public QObject {
    Q_OBJECT
public:
    /// `engine` is borrowed.
    explicit RunDrawing(EngineClient *engine, QObject *parent = nullptr);

    const QString &run() const { return m_run; }
    /// Asks for its newest drawing; that of another run is forgotten at once.
    void setRun(const QString &run);
    /// Asks again: it was applied to, or the engine came back.
    void refresh();
    /// Null until it came, and where it can't be read (a run of another program).
    const Document *document() const { return m_document ? &*m_document : nullptr; }
    /// Whether a node of `now` is in the run as it is drawn there.
    bool hasSame(const Document &now, const QString &idPath) const;

signals:
    void changed();

private:
    void read(const QString &file);

    EngineClient *m_engine;
    QString m_run;
    QString m_file; ///< that m_document was read from
    std::optional<Document> m_document;
};

} // namespace espalier
