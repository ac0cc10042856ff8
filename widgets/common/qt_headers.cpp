// SPDX-License-Identifier: GPL-3.0-or-later
// A library needs one source: this one holds the precompiled headers that the others reuse.
#include "widgets/common/qt_headers.h"
