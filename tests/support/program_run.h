// SPDX-License-Identifier: Apache-2.0
// Runs build/espalier as a person would, in a folder of its own.
#pragma once

#include <QByteArray>
#include <QDir>
#include <QProcess>
#include <QProcessEnvironment>
#include <QStringList>
#include <QTemporaryDir>

#include <sys/prctl.h>

#include <csignal>

struct ProgramResult {
    int code = -1; ///< exit code; -1 if it crashed or hung
    QByteArray out;
    QByteArray err;
};

/// Fresh home, cache and working folder, removed at the end.
class ProgramRun {
public:
    ProgramRun()
    {
        QDir().mkpath(m_folder.filePath(QStringLiteral("home")));
        m_environment = QProcessEnvironment::systemEnvironment();
        for (const char *name : {"HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"})
            m_environment.insert(QString::fromLatin1(name), m_folder.filePath(QStringLiteral("home")));
    }
    QString path(const QString &name) const { return m_folder.filePath(name); }
    QString folder() const { return m_folder.path(); }

    void start(QProcess &process, const QStringList &arguments) const
    {
        startOpen(process, arguments);
        process.closeWriteChannel();
    }
    /// Its input stays open. It dies with the test, however that ends: runs outlive their viewers, and fill the disk.
    void startOpen(QProcess &process, const QStringList &arguments) const
    {
        process.setProcessEnvironment(m_environment);
        process.setWorkingDirectory(m_folder.path());
        process.setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGKILL); });
        process.start(QStringLiteral(ESPALIER_BINARY_DIR "/espalier"), arguments);
    }
    ProgramResult run(const QStringList &arguments, int seconds = 120) const
    {
        QProcess process;
        start(process, arguments);
        const bool finished = process.waitForFinished(1000 * seconds);
        if (!finished)
            process.kill();
        process.waitForFinished(5000);
        const bool normal = finished && process.exitStatus() == QProcess::NormalExit;
        return {normal ? process.exitCode() : -1, process.readAllStandardOutput(), process.readAllStandardError()};
    }

private:
    QTemporaryDir m_folder;
    QProcessEnvironment m_environment;
};
