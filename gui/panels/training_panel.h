// SPDX-License-Identifier: GPL-3.0-or-later
// How the drawing is trained: optimizer, rate, epochs and the rest, from the engine's schema of settings.
#pragma once

#include "gui/document/catalogue.h"

#include <QtWidgets/QWidget>

class QLabel;

namespace espalier {

class DocumentPage;
class PropertyEditor;

class TrainingPanel : public QWidget {
    Q_OBJECT
public:
    explicit TrainingPanel(QWidget *parent = nullptr);

    /// What `describe` says under "training".
    void setSchema(const JsonValue &settings);
    void setPage(DocumentPage *page);
    PropertyEditor *editor() const { return m_editor; }

private:
    void refresh();
    void set(const QString &path, const JsonValue &value);

    struct Setting {
        ParamInfo param; ///< named by its path: "optimizer.lr"
        QString group;
    };
    DocumentPage *m_page = nullptr;
    std::vector<Setting> m_settings;
    PropertyEditor *m_editor;
    QLabel *m_empty;
};

} // namespace espalier
