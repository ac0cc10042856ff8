// SPDX-License-Identifier: GPL-3.0-or-later
// Qt's headers that most files of the studio include, precompiled once. Files still include what they use.
#pragma once

#include <QtCore/QtCore> // IWYU pragma: keep
#include <QtGui/QtGui> // IWYU pragma: keep
#include <QtWidgets/QtWidgets> // IWYU pragma: keep
