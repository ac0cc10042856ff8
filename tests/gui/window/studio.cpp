// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/window/studio.h"

#include "gui/document/studio_document.h"
#include "gui/engine_client/text.h"
#include "gui/models/document_sync.h"
#include "gui/window/status_line.h"

#include <QtCore/QSettings>
#include <QtCore/QTemporaryDir>
#include <QtGui/QClipboard>
#include <QtWidgets/QAbstractScrollArea>
#include <QtWidgets/QAbstractSpinBox>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QLabel>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QMenu>
#include <QtWidgets/QTabBar>

namespace espalier {
namespace {

constexpr int kPatienceMs = 10'000;

} // namespace

EngineCommand fakeEngine(const QString &mode, int number)
{
    return {
        QStringLiteral(ESPALIER_BINARY_DIR "/tests/bin/fake_engine"),
        {QStringLiteral(ESPALIER_SOURCE_DIR "/tests/support/engine_recording.jsonl"), mode, QString::number(number)}};
}

EngineCommand realEngine()
{
    EngineCommand command = localEngine();
    command.program = QStringLiteral(ESPALIER_BINARY_DIR "/espalier");
    return command;
}

void isolateFromThePerson()
{
    static const QTemporaryDir folder;
    for (const char *name :
         {"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"}) {
        const QString place = folder.filePath(QString::fromLatin1(name));
        QDir().mkpath(place);
        QFile::setPermissions(place, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        qputenv(name, place.toUtf8());
    }
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, folder.filePath(QStringLiteral("settings")));
    QCoreApplication::setApplicationName(QStringLiteral("espalier"));
    QCoreApplication::setOrganizationName(QStringLiteral("espalier"));
}

bool isPartOfControl(const QWidget *widget)
{
    const QWidget *parent = widget->parentWidget();
    const auto *area = qobject_cast<const QAbstractScrollArea *>(parent);
    return widget->objectName().startsWith(QLatin1StringView("qt_")) || qobject_cast<const QAbstractSpinBox *>(parent)
        || qobject_cast<const QComboBox *>(parent) || qobject_cast<const QLineEdit *>(parent)
        || qobject_cast<const QTabBar *>(parent)
        || (parent && parent->objectName().startsWith(QLatin1StringView("qt_")))
        || (area && area->viewport() == widget);
}

Studio::Studio(const EngineCommand &command)
    : m_engine(std::make_unique<EngineClient>(command))
{
    QSettings().clear();
    m_window = std::make_unique<MainWindow>(m_engine.get());
    m_window->documents().setAsks(false);
    m_window->resize(1440, 900);
    m_window->show();
    m_window->activateWindow();
    if (!QTest::qWaitForWindowActive(m_window.get()))
        qWarning("The window was not activated.");
    m_engine->start();
    const bool isReady = QTest::qWaitFor(
        [&] { return !m_window->catalogue().isEmpty() || m_engine->state() == EngineClient::State::Failed; },
        kPatienceMs);
    if (!isReady)
        qWarning("The engine does not answer.");
    m_modalPoll.setInterval(1);
    QObject::connect(&m_modalPoll, &QTimer::timeout, m_window.get(), [this] {
        QWidget *modal = QApplication::activePopupWidget();
        if (!modal)
            modal = QApplication::activeModalWidget();
        if (!modal || !m_modal || !modal->isVisible())
            return;
        m_modalPoll.stop();
        std::exchange(m_modal, {})(modal);
    });
}

Studio::~Studio() = default;

const DocumentGraph &Studio::graph()
{
    return *document().document().findGraph(page()->graph());
}

void Studio::clear()
{
    if (QWidget *open = popup())
        open->close();
    while (page())
        m_window->removePage(page());
    QSettings().clear();
    QGuiApplication::clipboard()->clear();
    QApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    actions().setKeymap(Keymap::Default);
}

DocumentPage *Studio::openDigits()
{
    return openSample(QStringLiteral("digits-cnn"));
}

DocumentPage *Studio::openSample(const QString &name)
{
    const int before = m_window->pageCount();
    m_window->documents().openSample(name);
    if (!QTest::qWaitFor([&] { return m_window->pageCount() > before; }, kPatienceMs) || !waitForAnswers())
        return nullptr;
    view().fitAll();
    view().setFocus();
    settle();
    return page();
}

DocumentPage *Studio::newDrawing()
{
    DocumentPage *made = m_window->documents().newDocument();
    view().setFocus();
    return made;
}

bool Studio::waitForAnswers()
{
    const bool came = QTest::qWaitFor([&] { return page()->sync()->isFresh() && answers().version >= 0; }, kPatienceMs);
    QTest::qWait(0);
    return came;
}

void Studio::settle()
{
    for (qint64 before = -1; before != view().paintCounts().frames;) {
        before = view().paintCounts().frames;
        QTest::qWait(60);
    }
}

bool Studio::waitForState(EngineClient::State state)
{
    return QTest::qWaitFor([&] { return m_engine->state() == state; }, kPatienceMs);
}

const DocumentNode *Studio::nodeNamed(const QString &name)
{
    for (const DocumentNode &node : graph().nodes)
        if (qString(node.name) == name)
            return &node;
    return nullptr;
}

const DocumentNode *Studio::nodeById(const QString &id)
{
    return graph().findNode(id.toStdString());
}

QString Studio::node(const QString &name)
{
    const DocumentNode *found = nodeNamed(name);
    return found ? qString(found->id) : QString();
}

QString Studio::wire(const QString &from, const QString &to)
{
    for (const DocumentWire &wire : graph().wires)
        if (qString(wire.from.node) == node(from) && qString(wire.to.node) == node(to))
            return qString(wire.id);
    return {};
}

void Studio::select(const QStringList &names)
{
    GraphSelection selection;
    for (const QString &name : names)
        selection.nodes.insert(node(name));
    view().setSelection(selection);
    QTest::qWait(0); // what can be done now is worked out soon after
}

QStringList Studio::selectedNames()
{
    QStringList names;
    for (const QString &id : view().selection().nodes)
        if (const DocumentNode *found = nodeById(id))
            names.append(qString(found->name));
    names.sort();
    return names;
}

QPointF Studio::middleOf(const QString &name)
{
    return view().nodeRect(node(name)).center();
}

QPointF Studio::middleOfWire(const QString &from, const QString &to)
{
    const QString id = wire(from, to);
    const GraphWire *found = model().wire(id);
    if (!found) {
        qWarning("There is no wire from %s to %s.", qPrintable(from), qPrintable(to));
        return {};
    }
    const QPointF begin = view().toView(view().portPosition(found->from, true));
    const QPointF end = view().toView(view().portPosition(found->to, false));
    const QPointF middle = (begin + end) / 2;
    // It may go round something: the nearest place where it can be clicked.
    for (int away = 0; away < 600; away += 2)
        for (int along = -away; along <= away; along += 2)
            for (const QPointF &off :
                 {QPointF(along, away), QPointF(along, -away), QPointF(away, along), QPointF(-away, along)})
                if (const GraphSpot spot = view().spotAt(middle + off); spot.part == GraphPart::Wire && spot.id == id)
                    return view().toScene(middle + off);
    qWarning("The wire from %s to %s can't be reached.", qPrintable(from), qPrintable(to));
    return {};
}

QPointF Studio::port(const QString &name, const QString &port, bool isOutput)
{
    return view().portPosition({node(name), port}, isOutput);
}

QPointF Studio::emptyPlace()
{
    for (int y = view().height() - 120; y > 40; y -= 40)
        for (int x = 60; x < view().width() - 300; x += 40)
            if (view().spotAt(QPointF(x, y)).part == GraphPart::Nothing)
                return view().toScene(QPointF(x, y));
    return view().toScene({60, 60});
}

void Studio::keys(const QString &sequence)
{
    keys(QKeySequence(sequence, QKeySequence::PortableText));
}

/// The window that the desktop would send keys to.
QWindow *Studio::keyWindow()
{
    if (QWidget *open = popup())
        return open->window()->windowHandle();
    if (!QApplication::activeWindow()) { // a dialog has closed; a desktop would go back to the window by itself
        m_window->activateWindow();
        if (!QTest::qWaitForWindowActive(m_window.get()))
            qWarning("The window was not activated.");
    }
    QWidget *active = QApplication::activeWindow();
    return (active ? active : m_window.get())->windowHandle();
}

void Studio::keys(const QKeySequence &sequence)
{
    QWindow *target = keyWindow();
    for (int i = 0; i < sequence.count(); ++i)
        QTest::keyClick(target, sequence[static_cast<uint>(i)].key(),
                        sequence[static_cast<uint>(i)].keyboardModifiers());
    QTest::qWait(0);
}

void Studio::type(const QString &text)
{
    QWindow *target = keyWindow();
    for (const QChar letter : text)
        QTest::keyClick(target, letter.toLatin1());
}

void Studio::clickInMenu(QStringView id)
{
    const ActionSpec *spec = findAction(id);
    QMenu *menu = actions().menu(QString::fromLatin1(spec->menu));
    QAction *action = actions().action(id);
    menu->popup(m_window->mapToGlobal(QPoint(20, 20)));
    QTest::mouseClick(menu, Qt::LeftButton, {}, menu->actionGeometry(action).center());
    menu->hide();
    m_window->activateWindow();
    if (!QTest::qWaitForWindowActive(m_window.get()))
        qWarning("The window was not activated.");
    QTest::qWait(0);
}

void Studio::clickMenuItem(QMenu *menu, const QString &text)
{
    for (QAction *action : menu->actions())
        if (QString(action->text()).remove(QLatin1Char('&')) == text) {
            QTest::mouseClick(menu, Qt::LeftButton, {}, menu->actionGeometry(action).center());
            return;
        }
    qWarning("The menu has no item “%s”.", qPrintable(text));
    menu->close();
}

void Studio::drive(QStringView id)
{
    const QList<QKeySequence> known = actions().keys(id);
    if (known.isEmpty())
        clickInMenu(id);
    else
        keys(known.first());
}

void Studio::whenModal(std::function<void(QWidget *)> act)
{
    m_modal = std::move(act);
    m_modalPoll.start();
}

void Studio::takeFromPopup(const QString &text)
{
    type(text);
    keys(QStringLiteral("Return"));
}

QString Studio::statusText(const QString &accessibleName)
{
    for (const QLabel *label : m_window->statusLine()->findChildren<QLabel *>())
        if (label->accessibleName() == accessibleName)
            return label->text();
    return {};
}

} // namespace espalier
