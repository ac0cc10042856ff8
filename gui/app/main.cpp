// SPDX-License-Identifier: GPL-3.0-or-later
// espalier-studio [FILE...]: the desktop.
#include "gui/engine_client/engine_client.h"
#include "gui/window/documents.h"
#include "gui/window/main_window.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme_manager.h"

#include <QtCore/QCommandLineParser>
#include <QtCore/QSettings>
#include <QtCore/QTimer>
#include <QtWidgets/QApplication>

using namespace espalier;

namespace {

void describeProgram()
{
    QCoreApplication::setApplicationName(QStringLiteral("espalier"));
    QCoreApplication::setOrganizationName(QStringLiteral("espalier"));
    QCoreApplication::setApplicationVersion(QStringLiteral(ESPALIER_VERSION));
    QGuiApplication::setApplicationDisplayName(QStringLiteral("Espalier"));
    QGuiApplication::setDesktopFileName(QStringLiteral("espalier-studio"));
}

struct Arguments {
    QStringList files;
    QString sample;
};

Arguments readArguments(const QApplication &application)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QCoreApplication::translate("main", "Draws, trains and watches neural networks."));
    parser.addHelpOption();
    parser.addVersionOption();
    const QCommandLineOption sample(QStringLiteral("sample"),
                                    QCoreApplication::translate("main", "Opens a shipped sample as an untitled copy."),
                                    QStringLiteral("name"));
    parser.addOption(sample);
    parser.addPositionalArgument(QStringLiteral("files"), QCoreApplication::translate("main", "Drawings to open."),
                                 QStringLiteral("[FILE...]"));
    parser.process(application);
    return {parser.positionalArguments(), parser.value(sample)};
}

} // namespace

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    describeProgram();
    const Arguments arguments = readArguments(application);
    ThemeManager::instance().install(application);
    ThemeManager::instance().setMode(static_cast<ThemeMode>(QSettings().value(QStringLiteral("theme"), 0).toInt()));
    QApplication::setWindowIcon(applicationIcon());
    EngineClient engine(localEngine());
    MainWindow window(&engine);
    const int recovered = window.documents().recoverLost();
    for (const QString &file : arguments.files)
        window.documents().open(file);
    if (!arguments.sample.isEmpty())
        QObject::connect(
            &engine, &EngineClient::ready, &window, [&] { window.documents().openSample(arguments.sample); },
            Qt::SingleShotConnection);
    else if (arguments.files.isEmpty() && recovered + window.documents().openRemembered() == 0)
        window.documents().newDocument();
    window.show();
    QTimer::singleShot(0, &engine, &EngineClient::start); // the window is seen first
    return QApplication::exec();
}
