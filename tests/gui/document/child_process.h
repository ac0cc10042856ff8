// SPDX-License-Identifier: GPL-3.0-or-later
// A second studio: this test, started once more with a task instead of its tests.
#pragma once

#include <QtCore/QCoreApplication>
#include <QtCore/QProcess>
#include <QtTest/QtTest>

#include <csignal>

namespace espalier::test {

class Child {
public:
    explicit Child(const QStringList &task)
    {
        m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        m_process.start(QCoreApplication::applicationFilePath(), task);
    }
    /// Dies as in a crash.
    ~Child() { killHard(); }
    Child(const Child &) = delete;
    Child &operator=(const Child &) = delete;

    /// The next line that it says; empty where it says none.
    QByteArray line()
    {
        while (!m_process.canReadLine())
            if (!m_process.waitForReadyRead(20000))
                return {};
        return m_process.readLine().trimmed();
    }
    void say(const QByteArray &text) { m_process.write(text + '\n'); }
    void killHard()
    {
        if (m_process.state() != QProcess::NotRunning)
            ::kill(static_cast<pid_t>(m_process.processId()), SIGKILL);
        m_process.waitForFinished();
    }
    bool finish()
    {
        m_process.closeWriteChannel();
        return m_process.waitForFinished(20000) && m_process.exitStatus() == QProcess::NormalExit
            && m_process.exitCode() == 0;
    }

private:
    QProcess m_process;
};

/// Says a line to the parent.
inline void tell(const QByteArray &line)
{
    std::fprintf(stdout, "%s\n", line.constData());
    std::fflush(stdout);
}

/// The next line from the parent; empty once it is gone.
inline QByteArray hear()
{
    char buffer[4096];
    return std::fgets(buffer, sizeof buffer, stdin) ? QByteArray(buffer).trimmed() : QByteArray();
}

} // namespace espalier::test

/// main() of a test that is its own second studio: `task(arguments)` runs in the child.
#define ESPALIER_TEST_MAIN_WITH_CHILD(TestClass, task)                                                                 \
    int main(int argc, char **argv)                                                                                    \
    {                                                                                                                  \
        QCoreApplication app(argc, argv);                                                                              \
        if (argc > 1 && app.arguments().at(1) == QStringLiteral("--child"))                                            \
            return task(app.arguments().mid(2));                                                                       \
        TestClass test;                                                                                                \
        return QTest::qExec(&test, argc, argv);                                                                        \
    }
