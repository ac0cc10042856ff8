// SPDX-License-Identifier: GPL-3.0-or-later
// The property editor by real keys, clicks and drags.
#include "widgets/common/style.h"
#include "widgets/common/theme_manager.h"
#include "widgets/properties/property_editor.h"

#include <QtCore/QJsonArray>
#include <QtTest>
#include <QtWidgets/QtWidgets>

using namespace espalier;
using namespace Qt::StringLiterals;

namespace {

Property make(const QString &name, const QString &type, const QJsonValue &value, const QJsonValue &byDefault)
{
    Property property;
    property.name = name;
    property.label = name.left(1).toUpper() + name.mid(1);
    property.help = u"Help of %1."_s.arg(name);
    property.type = type;
    property.values = {value};
    property.defaultValue = byDefault;
    return property;
}

QList<Property> sample()
{
    Property filters = make(u"filters"_s, u"integer"_s, 32, 32);
    filters.minimum = 1;
    filters.maximum = 1000;
    Property kernel = make(u"kernel"_s, u"integer_list"_s, QJsonArray{3, 3}, QJsonArray{3, 3});
    kernel.minLength = kernel.maxLength = 2;
    kernel.minimum = 1;
    Property activation = make(u"activation"_s, u"choice"_s, u"none"_s, u"none"_s);
    activation.choices = QStringList{u"none"_s, u"relu"_s, u"gelu"_s};
    const Property bias = make(u"bias"_s, u"bool"_s, true, true);
    const Property table = make(u"table"_s, u"file"_s, u"iris.csv"_s, QJsonValue(QJsonValue::Undefined));
    const Property odd = make(u"odd"_s, u"never heard of"_s, QJsonArray{1, u"a"_s}, QJsonValue(QJsonValue::Undefined));
    const Property weights = make(u"weights"_s, u"initializer"_s, u"normal"_s, u"normal"_s);
    return {filters, kernel, activation, bias, table, odd, weights};
}

/// An editor in a window whose owner does what is asked, as a document would.
struct Bench {
    explicit Bench(const QList<Property> &shown = sample())
        : properties(shown)
    {
        auto *column = new QVBoxLayout(&window);
        column->addWidget(&editor);
        column->addStretch();
        window.resize(300, 600);
        editor.setProperties(properties, u"a"_s);
        window.show();
        QObject::connect(&editor, &PropertyEditor::changeRequested, &window,
                         [this](const QString &name, const QJsonValue &value) {
                             asked.append({name, value});
                             set(name, value);
                         });
        QObject::connect(&editor, &PropertyEditor::resetRequested, &window, [this](const QString &name) {
            resets.append(name);
            for (const Property &each : std::as_const(properties)) {
                if (each.name == name)
                    return set(name, each.defaultValue);
            }
        });
    }

    void set(const QString &name, const QJsonValue &value)
    {
        for (Property &each : properties) {
            if (each.name == name)
                each.values.fill(value);
        }
        editor.setProperties(properties, u"a"_s);
    }

    Property &property(int index) { return properties[index]; }

    QLineEdit *line(const QString &name) { return qobject_cast<QLineEdit *>(editor.field(name)); }

    void type(const QString &name, const QString &text)
    {
        QLineEdit *edit = line(name);
        edit->setFocus();
        edit->selectAll();
        QTest::keyClicks(edit, text);
    }

    bool says(const QString &text)
    {
        const auto labels = editor.findChildren<QLabel *>();
        return std::any_of(labels.begin(), labels.end(),
                           [&](QLabel *label) { return label->isVisible() && label->text().contains(text); });
    }

    QToolButton *resetButton(const QString &label)
    {
        for (auto *button : editor.findChildren<QToolButton *>()) {
            if (button->accessibleName() == u"Reset "_s + label)
                return button;
        }
        return nullptr;
    }

    QWidget window;
    PropertyEditor editor;
    QList<Property> properties;
    QList<QPair<QString, QJsonValue>> asked;
    QStringList resets;
};

const QString kFilters = u"filters"_s;
const QString kKernel = u"kernel"_s;

} // namespace

class TstPropertyEditor : public QObject {
    Q_OBJECT
private slots:
    void initTestCase()
    {
        QLocale::setDefault(QLocale::c());
        ThemeManager::instance().install(*qApp);
    }

    void enterSends()
    {
        Bench bench;
        bench.type(kFilters, u"2*32"_s);
        QVERIFY(bench.asked.isEmpty());
        QTest::keyClick(bench.line(kFilters), Qt::Key_Return);
        QCOMPARE(bench.asked.size(), 1);
        QCOMPARE(bench.asked[0], qMakePair(kFilters, QJsonValue(64)));
        QCOMPARE(bench.line(kFilters)->text(), u"64"_s);
        QTest::keyClick(bench.line(kFilters), Qt::Key_Return);
        QCOMPARE(bench.asked.size(), 1);
    }
    void leavingTheFieldSends()
    {
        Bench bench;
        QVERIFY(QTest::qWaitForWindowActive(&bench.window));
        bench.type(kKernel, u"5"_s);
        QTest::keyClick(bench.line(kKernel), Qt::Key_Tab);
        QCOMPARE(bench.asked.value(0), qMakePair(kKernel, QJsonValue(QJsonArray{5, 5})));
        QCOMPARE(bench.line(kKernel)->text(), u"5 × 5"_s);
    }
    void escapeTakesBack()
    {
        Bench bench;
        bench.type(kFilters, u"77"_s);
        QTest::keyClick(bench.line(kFilters), Qt::Key_Escape);
        QCOMPARE(bench.line(kFilters)->text(), u"32"_s);
        bench.editor.commitPending();
        QVERIFY(bench.asked.isEmpty());
    }
    void whatCannotBeUsedIsSaidAndNotSent()
    {
        Bench bench;
        bench.type(kFilters, u"0"_s);
        QTest::keyClick(bench.line(kFilters), Qt::Key_Return);
        QVERIFY(bench.asked.isEmpty());
        QVERIFY(bench.says(u"Between 1 and 1"_s));
        QVERIFY(bench.line(kFilters)->property(kProblemProperty).toBool());
        QTest::keyClick(bench.line(kFilters), Qt::Key_End);
        QTest::keyClick(bench.line(kFilters), Qt::Key_Backspace);
        QVERIFY(!bench.says(u"Between 1 and 1"_s));
        QTest::keyClicks(bench.line(kFilters), u"8"_s);
        bench.editor.commitPending();
        QCOMPARE(bench.asked.value(0).second, QJsonValue(8));
    }
    void theOwnersProblemStandsUnderItsField()
    {
        Bench bench;
        bench.property(1).problem = u"The kernel is larger than the picture."_s;
        bench.editor.setProperties(bench.properties, u"a"_s);
        QVERIFY(bench.says(u"larger than the picture"_s));
        QVERIFY(bench.line(kKernel)->property(kProblemProperty).toBool());
        bench.property(1).problem.clear();
        bench.editor.setProperties(bench.properties, u"a"_s);
        QVERIFY(!bench.says(u"larger than the picture"_s));
    }
    void stepsByKeysAndByTheMark()
    {
        Bench bench;
        QLineEdit *line = bench.line(kFilters);
        line->setFocus();
        QTest::keyClick(line, Qt::Key_Up);
        QCOMPARE(bench.asked.last().second, QJsonValue(33));
        QTest::keyClick(line, Qt::Key_Down, Qt::ShiftModifier);
        QCOMPARE(bench.asked.last().second, QJsonValue(23));
        QTest::mouseClick(line, Qt::LeftButton, {}, QPoint(line->width() - 12, 5));
        QCOMPARE(bench.asked.last().second, QJsonValue(24));
        QTest::mouseClick(line, Qt::LeftButton, {}, QPoint(line->width() - 12, line->height() - 5));
        QCOMPARE(bench.asked.last().second, QJsonValue(23));
        QCOMPARE(bench.asked.size(), 4);
        QTest::keyClick(bench.line(kKernel), Qt::Key_Up);
        QCOMPARE(bench.asked.last().second, QJsonValue(QJsonArray{4, 4}));
    }
    void aDragOnTheMarkSendsOnce()
    {
        Bench bench;
        QLineEdit *line = bench.line(kFilters);
        const QPoint start(line->width() - 12, line->height() / 2);
        QTest::mousePress(line, Qt::LeftButton, {}, start);
        QTest::mouseMove(line, start + QPoint(20, 0));
        QTest::mouseMove(line, start + QPoint(40, 0));
        QCOMPARE(line->text(), u"42"_s);
        QVERIFY(bench.asked.isEmpty());
        QTest::mouseRelease(line, Qt::LeftButton, {}, start + QPoint(40, 0));
        QCOMPARE(bench.asked.size(), 1);
        QCOMPARE(bench.asked[0].second, QJsonValue(42));
        QTest::mousePress(line, Qt::LeftButton, {}, start);
        QTest::mouseMove(line, start - QPoint(400, 0));
        QTest::mouseMove(line, start - QPoint(404, 0));
        QCOMPARE(line->text(), u"1"_s); // the range holds
        QTest::keyClick(line, Qt::Key_Escape);
        QTest::mouseRelease(line, Qt::LeftButton, {}, start - QPoint(404, 0));
        QCOMPARE(line->text(), u"42"_s);
        QCOMPARE(bench.asked.size(), 1);
    }
    void choicesHaveLabels()
    {
        Property property;
        property.name = u"activation"_s;
        property.type = u"choice"_s;
        property.choices = {u"none"_s, u"leaky_relu"_s};
        property.choiceLabels = {u"None"_s, u"Leaky ReLU"_s};
        property.values = {QJsonValue(u"leaky_relu"_s)};
        Bench bench({property});
        auto *box = qobject_cast<QComboBox *>(bench.editor.field(u"activation"_s));
        QCOMPARE(box->currentText(), u"Leaky ReLU"_s);
        box->setFocus();
        QTest::keyClick(box, Qt::Key_Up);
        QCOMPARE(bench.asked.last(), qMakePair(u"activation"_s, QJsonValue(u"none"_s)));
    }
    void choicesAndSwitches()
    {
        Bench bench;
        auto *box = qobject_cast<QComboBox *>(bench.editor.field(u"activation"_s));
        box->setFocus();
        QTest::keyClick(box, Qt::Key_Down);
        QCOMPARE(bench.asked.last(), qMakePair(u"activation"_s, QJsonValue(u"relu"_s)));
        auto *bias = qobject_cast<QCheckBox *>(bench.editor.field(u"bias"_s));
        QTest::mouseClick(bias, Qt::LeftButton, {}, QPoint(12, bias->height() / 2));
        QCOMPARE(bench.asked.last(), qMakePair(u"bias"_s, QJsonValue(false)));
        bias->setFocus();
        QTest::keyClick(bias, Qt::Key_Space);
        QCOMPARE(bench.asked.last(), qMakePair(u"bias"_s, QJsonValue(true)));
        const auto count = bench.asked.size();
        const QPointF at = box->rect().center();
        QWheelEvent wheel(at, box->mapToGlobal(at), {}, QPoint(0, -120), Qt::NoButton, {}, Qt::NoScrollPhase, false);
        QApplication::sendEvent(box, &wheel);
        QCOMPARE(bench.asked.size(), count); // scrolling past changes nothing
    }
    void whatDiffersFromTheDefaultIsMarkedAndReset()
    {
        Bench bench;
        QVERIFY(!bench.resetButton(u"Filters"_s)->isVisible());
        bench.set(kFilters, 64);
        QVERIFY(bench.resetButton(u"Filters"_s)->isVisible());
        QVERIFY(bench.line(kFilters)->accessibleDescription().contains(u"Changed"_s));
        QTest::mouseClick(bench.resetButton(u"Filters"_s), Qt::LeftButton);
        QCOMPARE(bench.resets, QStringList(kFilters));
        QCOMPARE(bench.line(kFilters)->text(), u"32"_s);
        QVERIFY(!bench.resetButton(u"Filters"_s)->isVisible());
        QVERIFY(!bench.resetButton(u"Table"_s)->isVisible()); // it has no default
    }
    void severalThingsAtOnce()
    {
        QList<Property> properties = sample();
        properties[0].values = {32, 64};
        properties[2].values = {u"none"_s, u"relu"_s};
        properties[3].values = {true, false};
        Bench bench(properties);
        QLineEdit *line = bench.line(kFilters);
        QVERIFY(line->text().isEmpty());
        QCOMPARE(line->placeholderText(), u"mixed"_s);
        auto *box = qobject_cast<QComboBox *>(bench.editor.field(u"activation"_s));
        QCOMPARE(box->currentIndex(), -1);
        auto *bias = qobject_cast<QCheckBox *>(bench.editor.field(u"bias"_s));
        QCOMPARE(bias->checkState(), Qt::PartiallyChecked);
        bench.type(kFilters, u"x"_s);
        QTest::keyClick(line, Qt::Key_Backspace);
        bench.editor.commitPending();
        QVERIFY(bench.asked.isEmpty());
        bench.type(kFilters, u"16"_s);
        bench.editor.commitPending();
        QCOMPARE(bench.asked.value(0).second, QJsonValue(16));
        QTest::mouseClick(bias, Qt::LeftButton, {}, QPoint(12, bias->height() / 2));
        QCOMPARE(bench.asked.value(1).second, QJsonValue(true));
        QVERIFY(!bias->isTristate());
    }
    void updatesFromOutsideNeverStealTheCursor()
    {
        Bench bench;
        QVERIFY(QTest::qWaitForWindowActive(&bench.window));
        bench.type(kFilters, u"12"_s);
        QTest::keyClick(bench.line(kFilters), Qt::Key_Left);
        QTRY_VERIFY(bench.line(kFilters)->hasFocus());
        QPointer<QLineEdit> line = bench.line(kFilters);
        bench.set(kKernel, QJsonArray{7, 7});
        bench.set(kFilters, 99);
        QCOMPARE(line->text(), u"12"_s);
        QCOMPARE(line->cursorPosition(), 1);
        QVERIFY(line->hasFocus());
        QCOMPARE(bench.line(kKernel)->text(), u"7 × 7"_s);
        QTest::keyClicks(line, u"0"_s);
        QTest::keyClick(line, Qt::Key_Return);
        QCOMPARE(bench.asked.value(0).second, QJsonValue(102));
    }
    void anotherSubjectDropsWhatWasTyped()
    {
        Bench bench;
        bench.type(kFilters, u"12"_s);
        bench.property(0).values = {500};
        bench.editor.setProperties(bench.properties, u"b"_s);
        QCOMPARE(bench.line(kFilters)->text(), u"500"_s);
        QList<Property> fewer = bench.properties.mid(0, 2);
        bench.type(kFilters, u"13"_s);
        bench.editor.setProperties(fewer, u"c"_s);
        QVERIFY(!bench.editor.field(u"bias"_s));
        QVERIFY(bench.asked.isEmpty());
    }
    void groupsFoldByClickAndKeys()
    {
        Bench bench;
        QWidget *weights = bench.editor.field(u"weights"_s);
        QVERIFY(!weights->isVisible());
        auto *heading = bench.editor.findChild<QAbstractButton *>(QString(), Qt::FindChildrenRecursively);
        for (auto *button : bench.editor.findChildren<QAbstractButton *>()) {
            if (button->text() == u"Initial values"_s)
                heading = button;
        }
        QTest::mouseClick(heading, Qt::LeftButton);
        QVERIFY(weights->isVisible());
        QVERIFY(bench.editor.foldedGroups().isEmpty());
        QTest::keyClick(heading, Qt::Key_Left);
        QVERIFY(!weights->isVisible());
        QCOMPARE(bench.editor.foldedGroups(), QStringList(u"Initial values"_s));
        QVERIFY(bench.editor.focusProperty(u"weights"_s));
        QVERIFY(weights->isVisible());
        QVERIFY(!bench.editor.focusProperty(u"nothing"_s));
    }
    void unknownTypesAreJson()
    {
        Bench bench;
        const QString odd = u"odd"_s;
        QCOMPARE(bench.line(odd)->text(), u"[1,\"a\"]"_s);
        bench.type(odd, u"[2"_s);
        QTest::keyClick(bench.line(odd), Qt::Key_Return);
        QVERIFY(bench.asked.isEmpty());
        bench.type(odd, u"{\"a\": 2}"_s);
        QTest::keyClick(bench.line(odd), Qt::Key_Return);
        QCOMPARE(bench.asked.value(0).second.toObject().value(u"a"_s), QJsonValue(2));
    }
    void valuesOfAnotherKindThanTheTypeAreShown()
    {
        QList<Property> properties = sample();
        properties[0].values = {u"a word"_s};
        properties[2].values = {QJsonArray{1}};
        properties[3].values = {u"maybe"_s};
        Bench bench(properties);
        QCOMPARE(bench.line(kFilters)->text(), u"a word"_s);
        QCOMPARE(bench.line(u"activation"_s)->text(), u"[1]"_s);
        QCOMPARE(bench.line(u"bias"_s)->text(), u"maybe"_s);
        bench.set(u"bias"_s, true);
        QVERIFY(qobject_cast<QCheckBox *>(bench.editor.field(u"bias"_s)));
    }
    void whatIsTooLongIsNeverCut()
    {
        QList<Property> properties = sample();
        QJsonArray numbers;
        for (int i = 0; i < 50000; ++i)
            numbers.append(i);
        properties[5].values = {numbers};
        Bench bench(properties);
        QVERIFY(bench.line(u"odd"_s)->isReadOnly());
        bench.type(u"odd"_s, u"1"_s);
        bench.editor.commitPending();
        QVERIFY(bench.asked.isEmpty());
        bench.set(u"odd"_s, 1);
        QVERIFY(!bench.line(u"odd"_s)->isReadOnly());
    }
    void theFocusedFieldExplainsItself()
    {
        Bench bench;
        QVERIFY(QTest::qWaitForWindowActive(&bench.window));
        QVERIFY(!bench.says(u"Help of kernel"_s));
        bench.line(kFilters)->setFocus();
        QTRY_VERIFY(bench.says(u"Help of filters"_s));
        QTest::keyClick(bench.line(kFilters), Qt::Key_Tab);
        QTRY_VERIFY(bench.says(u"Help of kernel"_s));
        QVERIFY(!bench.says(u"Help of filters"_s));
        QVERIFY(bench.line(kFilters)->parentWidget()->toolTip().contains(u"Between 1 and"_s));
    }
    void aFileIsChosenByTheOwner()
    {
        Bench bench;
        QSignalSpy browse(&bench.editor, &PropertyEditor::browseRequested);
        for (auto *button : bench.editor.findChildren<QToolButton *>()) {
            if (button->accessibleName() == u"Choose a file"_s)
                QTest::mouseClick(button, Qt::LeftButton);
        }
        QCOMPARE(browse.value(0).value(0).toString(), u"table"_s);
    }
    void everythingHasANameAndCanBeHit()
    {
        QList<Property> properties = sample();
        properties[0].values = {64};
        Bench bench(properties);
        bench.editor.setFoldedGroups({});
        QApplication::processEvents();
        int count = 0;
        for (auto *widget : bench.editor.findChildren<QWidget *>()) {
            if (!widget->isVisible() || !(widget->focusPolicy() & Qt::TabFocus))
                continue;
            ++count;
            QVERIFY2(!widget->accessibleName().isEmpty(), widget->metaObject()->className());
            QVERIFY2(widget->height() >= 24 && widget->width() >= 24, qPrintable(widget->accessibleName()));
        }
        QVERIFY(count >= 10);
    }
    void tabWalksTheFieldsInOrder()
    {
        Bench bench;
        QVERIFY(QTest::qWaitForWindowActive(&bench.window));
        bench.set(kFilters, 64);
        bench.line(kFilters)->setFocus();
        QStringList walked;
        for (int i = 0; i < 5; ++i) {
            walked.append(QApplication::focusWidget()->accessibleName());
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
        }
        QCOMPARE(walked, (QStringList{u"Filters"_s, u"Reset Filters"_s, u"Kernel"_s, u"Activation"_s, u"Bias"_s}));
    }
};

QTEST_MAIN(TstPropertyEditor)
#include "tst_property_editor.moc"
