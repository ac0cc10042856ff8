// SPDX-License-Identifier: GPL-3.0-or-later
// The tokens can be read by people: contrast of every text and mark on every surface it stands on.
#include "widgets/common/desktop_wishes.h"
#include "widgets/common/theme.h"
#include "widgets/common/theme_manager.h"

#include <QtTest>
#include <QtWidgets/QApplication>

using namespace espalier;
using namespace Qt::StringLiterals;

namespace {

constexpr qreal kText = 4.5;
constexpr qreal kMark = 3;

struct Named {
    QString name;
    QColor colour;
};

QList<Named> surfaces(const Theme &theme)
{
    return {{u"canvas"_s, theme.canvas},
            {u"panel"_s, theme.panel},
            {u"raised"_s, theme.raised},
            {u"node"_s, theme.node},
            {u"hover"_s, theme.hover}};
}

} // namespace

class TstTheme : public QObject {
    Q_OBJECT
private slots:
    void themes_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("high");
        QTest::addRow("dark") << u"dark"_s << false;
        QTest::addRow("light") << u"light"_s << false;
        QTest::addRow("dark, high contrast") << u"dark"_s << true;
        QTest::addRow("light, high contrast") << u"light"_s << true;
    }
    void themes()
    {
        QFETCH(QString, name);
        QFETCH(bool, high);
        const Theme theme = Theme::load(name, 13, high);
        const QList<Named> texts{{u"text"_s, theme.text},
                                 {u"muted"_s, theme.muted},
                                 {u"okText"_s, theme.okText},
                                 {u"warningText"_s, theme.warningText},
                                 {u"errorText"_s, theme.errorText}};
        const QList<Named> marks{
            {u"faint"_s, theme.faint}, {u"accent"_s, theme.accent},   {u"selection"_s, theme.selection},
            {u"ok"_s, theme.ok},       {u"warning"_s, theme.warning}, {u"error"_s, theme.error},
            {u"edge"_s, theme.edge}};
        for (const Named &surface : surfaces(theme)) {
            for (const Named &text : texts)
                QVERIFY2(contrastRatio(text.colour, surface.colour) >= kText,
                         qPrintable(text.name + u" on "_s + surface.name));
            for (const Named &mark : marks)
                QVERIFY2(contrastRatio(mark.colour, surface.colour) >= kMark,
                         qPrintable(mark.name + u" on "_s + surface.name));
        }
        QVERIFY(contrastRatio(theme.onAccent, theme.accent) >= kText);
        const QPalette palette = theme.palette();
        QVERIFY(contrastRatio(palette.color(QPalette::HighlightedText), palette.color(QPalette::Highlight)) >= kText);
        for (int i = 0; i < theme.frames.size(); ++i)
            QVERIFY2(contrastRatio(theme.text, theme.frameFill(i)) >= kText, qPrintable(u"text on frame %1"_s.arg(i)));
    }
    void coloursOfThingsStandOutOnThePanels_data() { themes_data(); }
    void coloursOfThingsStandOutOnThePanels()
    {
        QFETCH(QString, name);
        QFETCH(bool, high);
        const Theme theme = Theme::load(name, 13, high);
        QCOMPARE(theme.series.size(), 8);
        for (const QColor &colour : theme.series)
            QVERIFY2(contrastRatio(colour, theme.panel) >= 4, qPrintable(colour.name()));
        for (auto it = theme.categories.begin(); it != theme.categories.end(); ++it) {
            for (const QColor &surface : {theme.panel, theme.canvas, theme.node})
                QVERIFY2(contrastRatio(*it, surface) >= kMark, qPrintable(it.key() + u' ' + surface.name()));
            QVERIFY2(contrastRatio(*it, Qt::white) >= kMark, qPrintable(it.key())); // the icon in the square
        }
        for (auto it = theme.ports.begin(); it != theme.ports.end(); ++it) {
            for (const QColor &surface : {theme.canvas, theme.node})
                QVERIFY2(contrastRatio(*it, surface) >= kMark, qPrintable(it.key()));
        }
        for (const QColor &frame : theme.frames)
            QVERIFY2(contrastRatio(frame, theme.canvas) >= kMark, qPrintable(frame.name()));
    }
    void sizesGrowWithTheFont()
    {
        const Theme small = Theme::load(u"dark"_s);
        const Theme large = Theme::load(u"dark"_s, 26);
        QCOMPARE(small.sizes.control, 30);
        QCOMPARE(small.sizes.row, 28);
        QCOMPARE(small.sizes.toolbar, 48);
        QCOMPARE(small.space(Space::Medium), 12);
        QCOMPARE(large.sizes.control, 60);
        QCOMPARE(large.space(Space::Huge), 64);
        QCOMPARE(large.sizes.radiusNode, 16.0);
        QCOMPARE(large.font(TextSize::Caption).pixelSize(), 22);
        QCOMPARE(small.px(10), 10);
    }
    void namesOfCategoriesLeadToRoles()
    {
        const Theme theme = Theme::load(u"light"_s);
        QCOMPARE(theme.category(u"Linear"_s), theme.category(u"core"_s));
        QCOMPARE(theme.category(u"Input & output"_s), theme.category(u"data"_s));
        QCOMPARE(theme.category(u"Convolution"_s), QColor(0x85, 0x77, 0xE4));
        QCOMPARE(theme.category(u"never heard of"_s), theme.category(u"normalisation"_s));
        QCOMPARE(theme.port(u"never heard of"_s), theme.port(u"any"_s));
    }
    void theNinthSeriesRepeatsWithAMarker()
    {
        const Theme theme = Theme::load(u"light"_s);
        QCOMPARE(theme.seriesColour(8), theme.seriesColour(0));
        QCOMPARE(theme.seriesMarker(7), 0);
        QCOMPARE(theme.seriesMarker(8), 1);
        QCOMPARE(theme.seriesColour(-1), theme.seriesColour(0));
    }
    void nothingMovesWhenMotionIsReduced()
    {
        const Theme theme = Theme::load(u"dark"_s, 13, false, true);
        QCOMPARE(theme.hoverMs, 0);
        QCOMPARE(theme.panelMs, 0);
    }
    void theManagerSetsPaletteAndTells()
    {
        ThemeManager &manager = ThemeManager::instance();
        manager.install(*qApp);
        QSignalSpy changed(&manager, &ThemeManager::changed);
        manager.setMode(ThemeMode::Dark);
        QCOMPARE(changed.size(), 1);
        QVERIFY(Theme::current().isDark);
        QCOMPARE(QApplication::palette().color(QPalette::Window), Theme::current().panel);
        manager.setMode(ThemeMode::Light);
        QVERIFY(!Theme::current().isDark);
        QCOMPARE(QApplication::palette().color(QPalette::Window), Theme::current().panel);
        manager.setReducedMotion(true);
        QCOMPARE(Theme::current().panelMs, 0);
        manager.setReducedMotion(std::nullopt);
        QCOMPARE(Theme::current().panelMs, 160);
    }
    void theWholeInterfaceFollowsTheFont()
    {
        ThemeManager::instance().install(*qApp);
        const QFont before = QApplication::font();
        QFont large = before;
        large.setPixelSize(26);
        QApplication::setFont(large);
        QTRY_COMPARE(Theme::current().sizes.control, 60);
        QApplication::setFont(before);
        QTRY_COMPARE(Theme::current().sizes.control, 30);
    }
    void wishesOfTheDesktopAreUnderstood()
    {
        DesktopWishes wishes;
        QSignalSpy changed(&wishes, &DesktopWishes::changed);
        QVERIFY(!wishes.isDark());
        wishes.apply(u"org.freedesktop.appearance"_s, u"color-scheme"_s, 1u);
        QCOMPARE(wishes.isDark(), std::optional(true));
        wishes.apply(u"org.freedesktop.appearance"_s, u"color-scheme"_s, 2u);
        QCOMPARE(wishes.isDark(), std::optional(false));
        wishes.apply(u"org.freedesktop.appearance"_s, u"color-scheme"_s, 0u);
        QVERIFY(!wishes.isDark());
        wishes.apply(u"org.freedesktop.appearance"_s, u"contrast"_s, 1u);
        QCOMPARE(wishes.highContrast(), std::optional(true));
        wishes.apply(u"org.gnome.desktop.interface"_s, u"enable-animations"_s, false);
        QCOMPARE(wishes.reducedMotion(), std::optional(true));
        QCOMPARE(changed.size(), 5);
        wishes.apply(u"org.gnome.desktop.interface"_s, u"cursor-size"_s, 24);
        QCOMPARE(changed.size(), 5);
    }
};

QTEST_MAIN(TstTheme)
#include "tst_theme.moc"
