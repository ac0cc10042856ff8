// SPDX-License-Identifier: GPL-3.0-or-later
// Which documents were open when the studio ended, and where one looked in them.
#pragma once

#include <QtCore/QMap>
#include <QtCore/QPointF>
#include <QtCore/QString>

#include <vector>

namespace espalier {

/// Where one looked in a graph.
struct RememberedView {
    qreal zoom = 1; ///< 1: 100 %
    QPointF centre; ///< scene units
    friend bool operator==(const RememberedView &, const RememberedView &) = default;
};

struct RememberedTab {
    QString path; ///< absolute; documents without a file are not remembered here: recovery has them
    QString graph = QStringLiteral("root"); ///< that the canvas showed
    QMap<QString, RememberedView> views; ///< by graph id
    friend bool operator==(const RememberedTab &, const RememberedTab &) = default;
};

struct RememberedSession {
    std::vector<RememberedTab> tabs; ///< from left to right
    int active = 0; ///< index in `tabs`; 0 where there is none
    friend bool operator==(const RememberedSession &, const RememberedSession &) = default;
};

/// In the person's settings. Whatever stands there, it gives a usable session.
void rememberSession(const RememberedSession &session);
RememberedSession rememberedSession();

} // namespace espalier
