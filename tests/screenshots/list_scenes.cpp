// SPDX-License-Identifier: GPL-3.0-or-later
// The palette at rest and while searching, and quick-add.
#include "tests/screenshots/scenes.h"
#include "widgets/common/icons.h"
#include "widgets/lists/palette_list.h"
#include "widgets/lists/quick_add.h"

#include <QtWidgets/QLineEdit>

using namespace Qt::StringLiterals;

namespace espalier {
namespace {

QList<ListEntry> entries()
{
    QList<ListEntry> made;
    const auto add = [&](const QString &category, const QString &id, const QString &title, const QString &help) {
        made.append({id, title, category, iconOfKind(id, category), help, {}});
    };
    add(u"Input & output"_s, u"Input"_s, u"Input"_s, u"Where data come in."_s);
    add(u"Input & output"_s, u"Output"_s, u"Output"_s, u"What predict and export keep."_s);
    add(u"Linear"_s, u"Dense"_s, u"Dense"_s, u"Each output is a weighted sum of all inputs. Works on the last axis."_s);
    add(u"Linear"_s, u"MatMul"_s, u"Matrix product"_s, u"Multiplies two matrices."_s);
    add(u"Convolution"_s, u"Conv2D"_s, u"Conv2D"_s,
        u"Slides small filters over the picture; each learns to see one pattern."_s);
    add(u"Pooling"_s, u"MaxPool2D"_s, u"Max pooling"_s, u"Keeps the largest of each window."_s);
    add(u"Pooling"_s, u"GlobalAvgPool"_s, u"Global average"_s, u"One mean for each channel."_s);
    add(u"Normalisation"_s, u"BatchNorm"_s, u"Batch norm"_s, u"Centres and scales each channel over the batch."_s);
    add(u"Activation"_s, u"ReLU"_s, u"ReLU"_s, u"Cuts off what is negative."_s);
    add(u"Arithmetic"_s, u"Add"_s, u"Add"_s, u"Adds its inputs element by element."_s);
    add(u"Sequence"_s, u"LSTM"_s, u"LSTM"_s, u"Remembers along a sequence."_s);
    add(u"Loss"_s, u"CrossEntropy"_s, u"Cross-entropy"_s, u"How surprised the model is by the right label."_s);
    return made;
}

std::unique_ptr<QWidget> palette()
{
    auto made = std::make_unique<PaletteList>();
    made->setEntries(entries());
    made->setMimeType(u"application/x-kind"_s);
    made->setPlaceholder(u"Search 58 layers"_s, u"Tab"_s);
    made->setFoldedCategories({u"Activation"_s});
    return made;
}

std::unique_ptr<QWidget> searching(const QString &words)
{
    auto made = std::make_unique<PaletteList>();
    made->setEntries(entries());
    made->searchField()->setText(words);
    return made;
}

std::unique_ptr<QWidget> quickAdd()
{
    auto made = std::make_unique<QuickAdd>();
    made->setEntries(entries());
    made->open(QPoint(0, 0), {}, u"Fits 16 × 8 × 8"_s);
    made->searchField()->setText(u"o"_s);
    return made;
}

} // namespace

QList<Scene> listScenes()
{
    return {{u"palette"_s, {208, 480}, palette},
            {u"palette-search"_s, {208, 480}, [] { return searching(u"a"_s); }},
            {u"palette-nothing"_s, {208, 480}, [] { return searching(u"quantum"_s); }},
            {u"quick-add"_s, {}, quickAdd}};
}

} // namespace espalier
