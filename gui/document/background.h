// SPDX-License-Identifier: GPL-3.0-or-later
// Work that the GUI thread must not wait for.
#pragma once

#include <QtCore/QFuture>
#include <QtCore/QPromise>
#include <QtCore/QThreadPool>

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace espalier {

/// Runs `work` on a thread of the pool, then `done(result)` on the thread of `context`, unless that is gone by then.
/// The work itself is always done. The future is for waiting; its result belongs to `done`.
template <typename Work, typename Done>
QFuture<void> inBackground(QObject *context, Work work, Done done)
{
    using Value = std::invoke_result_t<Work>;
    const auto result = std::make_shared<std::optional<Value>>();
    const auto promise = std::make_shared<QPromise<void>>();
    QFuture<void> future = promise->future();
    promise->start();
    future.then(context, [result, done = std::move(done)] { done(std::move(**result)); });
    QThreadPool::globalInstance()->start([result, promise, work = std::move(work)] {
        *result = work();
        promise->finish();
    });
    return future;
}

} // namespace espalier
