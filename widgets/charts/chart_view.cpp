// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/charts/chart_view.h"

#include "widgets/charts/chart_accessible.h"

#include "widgets/common/figures.h"
#include "widgets/common/theme_manager.h"

#include <QtCore/QFileInfo>
#include <QtCore/QSaveFile>
#include <QtGui/QContextMenuEvent>
#include <QtGui/QPainter>
#include <QtGui/QPdfWriter>
#include <QtSvg/QSvgGenerator>
#include <QtWidgets/QMenu>

#include <cmath>
#include <utility>

using namespace Qt::StringLiterals;

namespace espalier {

ChartView::ChartView(QWidget *parent)
    : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAttribute(Qt::WA_OpaquePaintEvent);
    installChartAccessibility();
    connect(&ThemeManager::instance(), &ThemeManager::changed, this, [this] { lookChanged(); });
}

void ChartView::setTitle(const QString &title)
{
    if (accessibleName().isEmpty() || accessibleName() == m_title)
        setAccessibleName(title);
    m_title = title;
    update();
}

void ChartView::setDetail(const QString &detail)
{
    if (m_detail == detail)
        return;
    m_detail = detail;
    update();
}

void ChartView::setEmptyText(const QString &text)
{
    m_emptyText = text;
    update();
}

QImage ChartView::picture(qreal ratio)
{
    if (ratio <= 0)
        ratio = 2;
    QImage image(size() * ratio, QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(ratio);
    image.fill(Theme::current().panel);
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    render(painter, QRectF(rect()));
    return image;
}

bool ChartView::savePicture(const QString &path)
{
    const QString kind = QFileInfo(path).suffix().toLower();
    if (kind != "png"_L1 && kind != "svg"_L1 && kind != "pdf"_L1)
        return false;
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return false;
    if (kind == "png"_L1)
        return picture().save(&file, "PNG") && file.commit();
    const auto paint = [this](QPaintDevice &device, qreal scale) {
        QPainter painter(&device);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.scale(scale, scale);
        painter.fillRect(QRectF(rect()), Theme::current().panel);
        render(painter, QRectF(rect()));
    };
    if (kind == "svg"_L1) {
        QSvgGenerator svg;
        svg.setOutputDevice(&file);
        svg.setSize(size());
        svg.setViewBox(QRect(QPoint(), size()));
        svg.setTitle(m_title);
        paint(svg, 1);
    } else {
        QPdfWriter pdf(&file);
        pdf.setTitle(m_title);
        pdf.setResolution(288);
        pdf.setPageMargins(QMarginsF());
        pdf.setPageSize(QPageSize(QSizeF(size()) * 0.75, QPageSize::Point, QString(), QPageSize::ExactMatch));
        paint(pdf, 288.0 / 96); // a logical px is 1/96 inch
    }
    return file.commit();
}

QSize ChartView::sizeHint() const
{
    const Theme &theme = Theme::current();
    return {theme.px(360), theme.px(240)};
}

QSize ChartView::minimumSizeHint() const
{
    const Theme &theme = Theme::current();
    return {theme.px(160), theme.px(120)};
}

int ChartView::titleHeight(const Theme &theme)
{
    return theme.sizes.row;
}

void ChartView::paintTitle(QPainter &painter, const QRectF &rect) const
{
    const Theme &theme = Theme::current();
    const qreal inset = theme.space(Space::Medium);
    const QRectF row(rect.left() + inset, rect.top(), rect.width() - 2 * inset, titleHeight(theme));
    painter.setFont(theme.font(TextSize::Body, TextWeight::Strong));
    painter.setPen(theme.text);
    const QFontMetricsF strong(painter.font());
    const QString title = strong.elidedText(m_title, Qt::ElideRight, row.width());
    drawFigures(&painter, row, Qt::AlignLeft | Qt::AlignVCenter, title);
    if (m_detail.isEmpty())
        return;
    painter.setFont(theme.font());
    painter.setPen(theme.muted);
    const qreal room = row.width() - figuresWidth(theme.font(TextSize::Body, TextWeight::Strong), title)
        - theme.space(Space::Medium);
    if (room < theme.px(40))
        return;
    const QString detail = QFontMetricsF(painter.font()).elidedText(m_detail, Qt::ElideLeft, room);
    drawFigures(&painter, row, Qt::AlignRight | Qt::AlignVCenter, detail);
}

void ChartView::paintEmpty(QPainter &painter, const QRectF &rect) const
{
    const Theme &theme = Theme::current();
    painter.setFont(theme.font());
    painter.setPen(theme.muted);
    const qreal inset = theme.space(Space::Large);
    painter.drawText(rect.adjusted(inset, titleHeight(theme), -inset, -inset), Qt::AlignCenter | Qt::TextWordWrap,
                     m_emptyText.isEmpty() ? tr("Nothing recorded yet") : m_emptyText);
}

void ChartView::contextMenuEvent(QContextMenuEvent *event)
{
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    fillMenu(*menu);
    if (!menu->isEmpty())
        menu->addSeparator();
    const std::pair<QString, QString> kinds[] = {{u"png"_s, tr("Save as PNG…")},
                                                 {u"svg"_s, tr("Save as SVG…")},
                                                 {u"pdf"_s, tr("Save as PDF…")},
                                                 {u"csv"_s, tr("Save data as CSV…")},
                                                 {u"copy"_s, tr("Copy as picture")}};
    for (const auto &[kind, text] : kinds) {
        QAction *action = menu->addAction(text);
        action->setObjectName(kind);
        action->setEnabled(!isEmpty());
        connect(action, &QAction::triggered, this, [this, kind = kind] { emit exportRequested(this, kind); });
    }
    const QPoint middle = mapToGlobal(rect().center());
    menu->popup(event->reason() == QContextMenuEvent::Keyboard ? middle : event->globalPos());
    event->accept();
}

void ChartView::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    switch (event->type()) {
    case QEvent::FontChange:
    case QEvent::PaletteChange:
    case QEvent::LanguageChange:
    case QEvent::LocaleChange:
        lookChanged();
        break;
    default:
        break;
    }
}

QString csvField(const QString &text)
{
    const auto needsQuotes = [](QChar c) { return c == u',' || c == u'"' || c == u'\n' || c == u'\r'; };
    if (std::none_of(text.begin(), text.end(), needsQuotes))
        return text;
    return u'"' + QString(text).replace(u'"', u"\"\""_s) + u'"';
}

QString csvNumber(double value)
{
    if (std::isnan(value))
        return u"NaN"_s;
    if (std::isinf(value))
        return value > 0 ? u"Infinity"_s : u"-Infinity"_s;
    return QString::number(value, 'g', 9);
}

} // namespace espalier
