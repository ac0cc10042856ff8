// SPDX-License-Identifier: GPL-3.0-or-later
// The property editor: at rest, with a problem, several things at once.
#include "tests/screenshots/scenes.h"
#include "widgets/common/theme.h"
#include "widgets/properties/property_editor.h"

#include <QtCore/QJsonArray>
#include <QtTest/QTest>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QVBoxLayout>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

Property property(const QString &type, const QString &label, const QJsonValue &value, const QJsonValue &byDefault)
{
    Property made;
    made.name = label.toLower();
    made.label = label;
    made.type = type;
    made.values = {value};
    made.defaultValue = byDefault;
    return made;
}

QList<Property> convolution()
{
    Property filters = property(u"integer"_s, u"Filters"_s, 64, 32);
    filters.minimum = 1;
    filters.maximum = 10000000;
    filters.help = u"How many patterns it learns; each gives one channel."_s;
    Property kernel = property(u"integer_list"_s, u"Kernel"_s, QJsonArray{3, 3}, QJsonArray{3, 3});
    kernel.unit = u"px"_s;
    kernel.minLength = kernel.maxLength = 2;
    kernel.minimum = 1;
    kernel.help = u"Height and width of the patterns."_s;
    Property stride = property(u"integer_list"_s, u"Stride"_s, QJsonArray{1, 1}, QJsonArray{1, 1});
    Property padding = property(u"any"_s, u"Padding"_s, u"same"_s, 0);
    Property activation = property(u"choice"_s, u"Activation"_s, u"relu"_s, u"none"_s);
    activation.choices = QStringList{u"none"_s, u"relu"_s, u"gelu"_s};
    Property bias = property(u"bool"_s, u"Bias"_s, true, true);
    Property rate = property(u"real"_s, u"Learning rate"_s, 0.001, 0.001);
    Property table = property(u"file"_s, u"Table"_s, u"data/iris.csv"_s, QJsonValue(QJsonValue::Undefined));
    Property weights = property(u"initializer"_s, u"Weights start as"_s, u"fan_in_uniform"_s, u"fan_in_uniform"_s);
    return {filters, kernel, stride, padding, activation, bias, rate, table, weights};
}

std::unique_ptr<QWidget> page(PropertyEditor *editor)
{
    auto made = std::make_unique<QWidget>();
    made->setAutoFillBackground(true);
    auto *column = new QVBoxLayout(made.get());
    const int side = Theme::current().space(Space::Large);
    column->setContentsMargins(side, side, side, side);
    column->addWidget(editor);
    column->addStretch();
    return made;
}

std::unique_ptr<QWidget> atRest()
{
    auto *editor = new PropertyEditor;
    editor->setProperties(convolution());
    return page(editor);
}

std::unique_ptr<QWidget> withProblem()
{
    auto *editor = new PropertyEditor;
    QList<Property> properties = convolution();
    properties[3].problem = u"“same” keeps the size only with a stride of 1."_s;
    editor->setProperties(properties);
    editor->setFoldedGroups({});
    auto made = page(editor);
    made->show();
    editor->focusProperty(u"filters"_s);
    auto *field = qobject_cast<QLineEdit *>(editor->field(u"filters"_s));
    field->selectAll();
    QTest::keyClicks(field, u"0"_s);
    QTest::keyClick(field, Qt::Key_Return);
    return made;
}

std::unique_ptr<QWidget> several()
{
    auto *editor = new PropertyEditor;
    QList<Property> properties = convolution();
    properties[0].values = {64, 32};
    properties[4].values = {u"relu"_s, u"none"_s};
    properties[5].values = {true, false};
    properties[6].isEnabled = false;
    editor->setProperties(properties);
    return page(editor);
}

} // namespace

QList<Scene> propertyScenes()
{
    return {{u"properties"_s, {288, 430}, atRest},
            {u"properties-problem"_s, {288, 520}, withProblem},
            {u"properties-several"_s, {288, 430}, several}};
}

} // namespace espalier
