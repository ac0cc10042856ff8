// SPDX-License-Identifier: GPL-3.0-or-later
// Saves a document by itself, where the person wants that.
#pragma once

#include <QtCore/QObject>
#include <QtCore/QTimer>

#include <chrono>

namespace espalier {

class DocumentFile;

/// Off until setDelay(). Saves what has a file, is not read-only and was not changed by another program.
class Autosave : public QObject {
    Q_OBJECT
public:
    /// `file` is borrowed and outlives this.
    explicit Autosave(DocumentFile &file, QObject *parent = nullptr);
    ~Autosave() override;

    /// After the last edit; zero: off.
    void setDelay(std::chrono::milliseconds delay);

    /// The person's setting: seconds, 0 (off) where none was chosen.
    static int chosenSeconds();
    static void chooseSeconds(int seconds);

private:
    void onEdit();
    void save();

    DocumentFile &m_file;
    QTimer m_timer;
};

} // namespace espalier
