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

constexpr float kNothing = std::numeric_limits<float>::max();

/// `colour` (premultiplied) over an opaque pixel, `share` 0 … 256.
void blend(QRgb &pixel, QRgb colour, uint share)
{
    const uint keep = 256 - ((qAlpha(colour) * share + 127) / 255);
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

void CurveRaster::flush(QImage &image, const QRect &clip, QRgb colour)
{
    if (m_from >= m_to) // nothing was touched
        return;
    const int stride = int(image.bytesPerLine() / qsizetype(sizeof(QRgb)));
    auto *const pixels = reinterpret_cast<QRgb *>(image.bits());
    for (int column = m_from / kParts; column * kParts < m_to; ++column) {
        const Span *const spans = &m_spans[size_t(column) * kParts];
        float low = kNothing;
        float high = -kNothing;
        float innerLow = -kNothing; // where all parts cover
        float innerHigh = kNothing;
        for (int part = 0; part < kParts; ++part) {
            low = std::min(low, spans[part].low);
            high = std::max(high, spans[part].high);
            innerLow = std::max(innerLow, spans[part].low);
            innerHigh = std::min(innerHigh, spans[part].high);
        }
        if (!(low < high))
            continue;
        const int top = std::max(int(std::floor(low)), clip.top());
        const int bottom = std::min(int(std::ceil(high)), clip.top() + clip.height());
        if (top >= bottom)
            continue;
        int fullFrom = std::clamp(innerLow < innerHigh ? int(std::ceil(innerLow)) : bottom, top, bottom);
        const int fullTo = std::clamp(innerLow < innerHigh ? int(std::floor(innerHigh)) : bottom, fullFrom, bottom);
        if (fullFrom == fullTo)
            fullFrom = bottom;
        QRgb *const pixel = pixels + clip.left() + column;
        const auto partly = [&](int from, int to) {
            for (int y = from; y < to; ++y) {
                float covered = 0;
                for (int part = 0; part < kParts; ++part)
                    covered += std::max(0.0F,
                                        std::min(spans[part].high, float(y + 1)) - std::max(spans[part].low, float(y)));
                if (covered > 0)
                    blend(pixel[qsizetype(y) * stride], colour, uint(covered * (256.0F / kParts)));
            }
        };
        partly(top, fullFrom);
        if (fullFrom < bottom) {
            for (int y = fullFrom; y < fullTo; ++y)
                blend(pixel[qsizetype(y) * stride], colour, 256);
            partly(fullTo, bottom);
        }
    }
    std::fill(m_spans.begin() + m_from, m_spans.begin() + m_to, Span{kNothing, -kNothing});
    m_from = int(m_spans.size());
    m_to = 0;
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
    const bool isDashed = stroke.dash > 0 && stroke.gap > 0;
    double phase = 0; // along dash and gap
    if (points.size() == 1)
        segment(points[0].x(), points[0].y(), points[0].x(), points[0].y());
    const QRectF room(QPointF(m_left - m_radius - 2, m_top), QPointF(m_left + clip.width() + m_radius + 2, m_bottom));
    for (size_t i = 1; i < points.size(); ++i) {
        QPointF from = points[i - 1];
        QPointF to = points[i];
        if (!cut(from, to, room))
            continue;
        double x0 = from.x();
        double y0 = from.y();
        const double x1 = to.x();
        const double y1 = to.y();
        if (!isDashed) {
            segment(x0, y0, x1, y1);
            continue;
        }
        double left = std::hypot(x1 - x0, y1 - y0);
        const double alongX = left > 0 ? (x1 - x0) / left : 0;
        const double alongY = left > 0 ? (y1 - y0) / left : 0;
        for (int pieces = 0; left > 0 && pieces < 4096; ++pieces) {
            const bool isOn = phase < stroke.dash;
            const double piece = std::min(left, (isOn ? stroke.dash : stroke.dash + stroke.gap) - phase);
            if (isOn)
                segment(x0, y0, x0 + alongX * piece, y0 + alongY * piece);
            x0 += alongX * piece;
            y0 += alongY * piece;
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
    flush(image, clip, colour);
}

} // namespace espalier
