// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/charts/curve_raster.h"

#include <QtCore/QPointF>
#include <QtCore/QRectF>
#include <QtGui/QImage>

#include <algorithm>
#include <cmath>
#include <limits>

namespace espalier {
namespace {

constexpr int kParts = 4; ///< of a column, for smooth steep edges
constexpr double kShallow = 1.2; ///< below this slope round ends don't show

constexpr size_t kPointsOfBar = 4; ///< in a column of pixels: it is filled between them
constexpr int kMostDashes = 4096; ///< between two points

constexpr float kNothing = std::numeric_limits<float>::max();

/// `colour` (premultiplied) over an opaque pixel, `share` 0 … 256.
void blend(QRgb &pixel, QRgb colour, uint share)
{
    const uint keep = 256 - (uint(qAlpha(colour)) * share + 127) / 255;
    const uint redBlue = ((colour & 0xff00ffU) * share + (pixel & 0xff00ffU) * keep) >> 8;
    const uint green = ((colour & 0x00ff00U) * share + (pixel & 0x00ff00U) * keep) >> 8;
    pixel = 0xff000000U | (redBlue & 0xff00ffU) | (green & 0x00ff00U);
}

/// Leaves of the line what lies in `room`; false: nothing does, or it isn't a line of finite ends.
bool cut(QPointF &from, QPointF &to, const QRectF &room)
{
    if (room.contains(from) && room.contains(to))
        return true;
    const QPointF along = to - from;
    double begin = 0;
    double end = 1;
    const auto side = [&](double direction, double distance) { // Liang and Barsky
        if (direction == 0)
            return distance >= 0;
        const double at = distance / direction;
        if (direction < 0)
            begin = std::max(begin, at);
        else
            end = std::min(end, at);
        return begin <= end;
    };
    if (!std::isfinite(along.x()) || !std::isfinite(along.y()) || !side(-along.x(), from.x() - room.left())
        || !side(along.x(), room.right() - from.x()) || !side(-along.y(), from.y() - room.top())
        || !side(along.y(), room.bottom() - from.y()))
        return false;
    to = from + along * end;
    from += along * begin;
    return true;
}

} // namespace

void CurveRaster::segment(double x0, double y0, double x1, double y1)
{
    const double slope = x1 > x0 ? (y1 - y0) / (x1 - x0) : 1e9;
    const bool isShallow = std::abs(slope) < kShallow && x1 - x0 > 0;
    const double reach = isShallow ? 0.5 / kParts : m_radius;
    const double count = double(m_spans.size());
    const auto partOf = [&](double x) { return int(std::clamp((x - m_left) * kParts, 0.0, count)); };
    const int from = partOf(x0 - reach);
    const int to = std::min(partOf(x1 + reach) + 1, int(count));
    if (from >= to)
        return;
    m_from = std::min(m_from, from);
    m_to = std::max(m_to, to);
    const double length = std::sqrt(1 + slope * slope);
    const auto widen = [this](int part, double low, double high) {
        Span &span = m_spans[size_t(part)];
        span.low = std::min(span.low, float(std::max(low, m_top)));
        span.high = std::max(span.high, float(std::min(high, m_bottom)));
    };
    if (isShallow) {
        const double half = m_radius * length;
        double y = y0 + slope * (m_left + (from + 0.5) / kParts - x0);
        for (int part = from; part < to; ++part, y += slope / kParts) {
            const double at = std::clamp(y, std::min(y0, y1), std::max(y0, y1));
            widen(part, at - half, at + half);
        }
        return;
    }
    // The slice at x of all points within the radius of the segment: those highest and lowest there stand off from x
    // by the radius along the normal.
    const double off = m_radius * slope / length;
    const auto edge = [&](double x, double sign) {
        const double at = std::clamp(x + sign * off, x0, x1);
        const double away = x - at;
        const double y = x1 - x0 > 1e-6 ? y0 + slope * (at - x0) : (sign > 0 ? std::max(y0, y1) : std::min(y0, y1));
        return y + sign * std::sqrt(std::max(0.0, m_radius * m_radius - away * away));
    };
    for (int part = from; part < to; ++part) {
        const double x = m_left + (part + 0.5) / kParts;
        if (x > x0 - m_radius && x < x1 + m_radius)
            widen(part, edge(x, -1), edge(x, 1));
    }
}

void CurveRaster::bar(double column, double low, double high)
{
    const int from = std::clamp(int(column - m_left), 0, int(m_spans.size()) / kParts - 1) * kParts;
    m_from = std::min(m_from, from);
    m_to = std::max(m_to, from + kParts);
    for (int part = from; part < from + kParts; ++part) {
        Span &span = m_spans[size_t(part)];
        span.low = std::min(span.low, float(std::max(low - m_radius, m_top)));
        span.high = std::max(span.high, float(std::min(high + m_radius, m_bottom)));
    }
}

void CurveRaster::flush(QImage &image, const QRect &clip, QRgb colour)
{
    if (m_from >= m_to) // nothing was touched
        return;
    const int stride = int(image.bytesPerLine() / qsizetype(sizeof(QRgb)));
    auto *const pixels = reinterpret_cast<QRgb *>(image.bits());
    const bool isOpaque = qAlpha(colour) == 255;
    constexpr int kFull = 256 / kParts;
    const auto top = float(clip.top());
    const auto bottom = float(clip.top() + clip.height());
    m_changes.resize(size_t(clip.height()) + 2);
    for (int column = m_from / kParts; column * kParts < m_to; ++column) {
        const Span *const spans = &m_spans[size_t(column) * kParts];
        int first = clip.height(); // rows that are touched
        int end = 0;
        for (int part = 0; part < kParts; ++part) {
            const float low = std::max(spans[part].low, top) - top;
            const float high = std::min(spans[part].high, bottom) - top;
            if (!(low < high))
                continue;
            // How the coverage changes from row to row: partly at both ends, fully between.
            const int lowRow = int(low);
            const int highRow = int(high);
            const int above = int((low - float(lowRow)) * kFull);
            const int within = int((high - float(highRow)) * kFull);
            m_changes[size_t(lowRow)] += kFull - above;
            m_changes[size_t(lowRow) + 1] += above;
            m_changes[size_t(highRow)] -= kFull - within;
            m_changes[size_t(highRow) + 1] -= within;
            first = std::min(first, lowRow);
            end = std::max(end, highRow + 1);
        }
        QRgb *pixel = pixels + qsizetype(clip.top() + first) * stride + clip.left() + column;
        const int rows = std::min(end, clip.height());
        int covered = 0;
        for (int row = first; row < rows; ++row, pixel += stride) {
            covered += m_changes[size_t(row)];
            if (covered == 256 && isOpaque)
                *pixel = colour;
            else if (covered > 0)
                blend(*pixel, colour, uint(covered));
        }
        if (first < end)
            std::fill(m_changes.begin() + first, m_changes.begin() + end + 1, 0);
    }
    std::fill(m_spans.begin() + m_from, m_spans.begin() + m_to, Span{kNothing, -kNothing});
    m_from = int(m_spans.size());
    m_to = 0;
}

void CurveRaster::walk(std::span<const QPointF> points)
{
    const QRectF room = roomFor();
    const auto line = [&](size_t to) {
        QPointF begin = points[to - 1];
        QPointF end = points[to];
        if (cut(begin, end, room))
            segment(begin.x(), begin.y(), end.x(), end.y());
    };
    bool wasBar = false;
    for (size_t from = 0; from < points.size();) {
        const double column = std::floor(points[from].x());
        size_t to = from + 1;
        double low = points[from].y();
        double high = low;
        for (; to < points.size() && points[to].x() < column + 1; ++to) {
            low = std::min(low, points[to].y());
            high = std::max(high, points[to].y());
        }
        const bool isBar = to - from >= kPointsOfBar && column >= m_left && column < room.right() - m_radius - 2;
        if (!isBar) {
            for (size_t i = std::max<size_t>(from, 1); i < to; ++i)
                line(i);
        } else {
            const auto meet = [&](size_t before) { // neighbours meet half-way
                const double middle = (points[before].y() + points[before + 1].y()) / 2;
                low = std::min(low, middle);
                high = std::max(high, middle);
            };
            if (from > 0 && wasBar && points[from - 1].x() >= column - 1)
                meet(from - 1);
            else if (from > 0)
                line(from);
            if (to < points.size() && points[to].x() < column + 2)
                meet(to - 1);
            bar(column, low, high);
        }
        wasBar = isBar;
        from = to;
    }
}

void CurveRaster::walkDashed(QImage &image, const QRect &clip, std::span<const QPointF> points,
                             const CurveStroke &stroke, QRgb colour)
{
    const QRectF room = roomFor();
    double phase = 0; // along dash and gap
    for (size_t i = 1; i < points.size(); ++i) {
        QPointF from = points[i - 1];
        QPointF to = points[i];
        if (!cut(from, to, room))
            continue;
        double left = std::hypot(to.x() - from.x(), to.y() - from.y());
        const QPointF along = left > 0 ? (to - from) / left : QPointF();
        for (int pieces = 0; left > 0 && pieces < kMostDashes; ++pieces) {
            const bool isOn = phase < stroke.dash;
            const double piece = std::min(left, (isOn ? stroke.dash : stroke.dash + stroke.gap) - phase);
            const QPointF end = from + along * piece;
            if (isOn)
                segment(from.x(), from.y(), end.x(), end.y());
            from = end;
            left -= piece;
            phase += piece;
            if (isOn && phase >= stroke.dash - 1e-9) {
                phase = stroke.dash;
                flush(image, clip, colour);
            } else if (phase >= stroke.dash + stroke.gap - 1e-9) {
                phase = 0;
            }
        }
    }
}

QRectF CurveRaster::roomFor() const
{
    const double width = double(m_spans.size()) / kParts;
    return {QPointF(m_left - m_radius - 2, m_top), QPointF(m_left + width + m_radius + 2, m_bottom)};
}

void CurveRaster::draw(QImage &image, const QRect &clip, std::span<const QPointF> points, const CurveStroke &stroke)
{
    if (points.empty() || clip.isEmpty() || !image.rect().contains(clip) || image.depth() != 32)
        return;
    const QRgb colour = qPremultiply(stroke.colour.rgba());
    m_spans.assign(size_t(clip.width()) * kParts, Span{kNothing, -kNothing});
    m_from = int(m_spans.size());
    m_to = 0;
    m_left = clip.left();
    m_radius = std::max(stroke.width / 2, 0.3);
    m_top = clip.top() - m_radius - 2; // far away is as good as just outside, and floats hold it
    m_bottom = clip.top() + clip.height() + m_radius + 2;
    if (points.size() == 1 && roomFor().contains(points[0]))
        segment(points[0].x(), points[0].y(), points[0].x(), points[0].y());
    else if (stroke.dash > 0 && stroke.gap > 0)
        walkDashed(image, clip, points, stroke, colour);
    else
        walk(points);
    flush(image, clip, colour);
}

} // namespace espalier
