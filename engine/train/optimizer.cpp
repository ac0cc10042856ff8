// SPDX-License-Identifier: Apache-2.0
#include "engine/train/optimizer.h"

namespace espalier {
namespace {

class Updater {
public:
    Updater(Builder &builder, const OptimizerSettings &settings, std::string_view phase, const StepScalars &scalars)
        : m_builder(builder)
        , m_settings(settings)
        , m_phase(phase)
        , m_scalars(scalars)
    {
    }

    void update(const TrainedParameter &p)
    {
        m_builder.setOrigin(p.info.path);
        const double decay = m_settings.decayBiases || p.info.decay ? m_settings.weightDecay : 0;
        if (m_settings.kind == "SGD")
            sgd(p, decay);
        else if (m_settings.kind == "RMSprop")
            rmsprop(p, decay);
        else
            adam(p, decay);
    }

private:
    ValueId slot(const TrainedParameter &p, std::string_view name)
    {
        return m_builder.state(slotPath(p.info.path, m_phase, name), m_builder.type(p.value));
    }
    void finish(const TrainedParameter &p, const std::vector<ValueId> &results, std::vector<std::string_view> slots)
    {
        m_builder.setFinal(p.info.path, results[0]);
        for (std::size_t i = 0; i < slots.size(); ++i)
            m_builder.setFinal(slotPath(p.info.path, m_phase, slots[i]), results[i + 1]);
    }

    void sgd(const TrainedParameter &p, double decay)
    {
        if (m_settings.momentum == 0) {
            finish(p,
                   m_builder.emitAll("sgd_plain_update", {p.value, p.gradient, m_scalars.rate, m_scalars.gate},
                                     {{"weight_decay", decay}}),
                   {});
            return;
        }
        finish(p,
               m_builder.emitAll(
                   "sgd_update", {p.value, p.gradient, slot(p, "momentum_buffer"), m_scalars.rate, m_scalars.gate},
                   {{"momentum", m_settings.momentum}, {"weight_decay", decay}, {"nesterov", m_settings.nesterov}}),
               {"momentum_buffer"});
    }

    void adam(const TrainedParameter &p, double decay)
    {
        const ValueId m = slot(p, "exp_avg");
        const ValueId v = slot(p, "exp_avg_sq");
        finish(p,
               m_builder.emitAll("adam_update",
                                 {p.value, p.gradient, m, v, m_scalars.step, m_scalars.rate, m_scalars.gate},
                                 {{"beta1", m_settings.beta1},
                                  {"beta2", m_settings.beta2},
                                  {"eps", m_settings.eps},
                                  {"weight_decay", decay},
                                  {"decoupled", m_settings.kind == "AdamW"}}),
               {"exp_avg", "exp_avg_sq"});
    }

    void rmsprop(const TrainedParameter &p, double decay)
    {
        const ValueId square = slot(p, "square_avg");
        const ValueId buffer = slot(p, "momentum_buffer");
        const ValueId average = slot(p, "grad_avg");
        finish(p,
               m_builder.emitAll("rmsprop_update",
                                 {p.value, p.gradient, square, buffer, average, m_scalars.rate, m_scalars.gate},
                                 {{"alpha", m_settings.alpha},
                                  {"eps", m_settings.eps},
                                  {"weight_decay", decay},
                                  {"momentum", m_settings.momentum},
                                  {"centered", m_settings.centered}}),
               {"square_avg", "momentum_buffer", "grad_avg"});
    }

    Builder &m_builder;
    const OptimizerSettings &m_settings;
    std::string_view m_phase;
    StepScalars m_scalars;
};

} // namespace

std::string slotPath(const std::string &parameterPath, std::string_view phase, std::string_view slot)
{
    return parameterPath + "#" + std::string(phase) + "." + std::string(slot);
}

ValueId clipGradients(Builder &builder, const OptimizerSettings &settings, std::vector<TrainedParameter> &parameters)
{
    ValueId sum = kNoValue;
    for (const TrainedParameter &p : parameters) {
        const ValueId squares = builder.reduceSum(builder.emit("square", {p.gradient}), {}, false);
        sum = sum == kNoValue ? squares : builder.add(sum, squares);
    }
    const ValueId norm = builder.emit("sqrt", {sum});
    if (settings.clipNorm > 0) { // as torch.nn.utils.clip_grad_norm_
        const ValueId factor
            = builder.emit("minimum",
                           {builder.div(builder.literal(settings.clipNorm, norm), builder.addScalar(norm, 1e-6)),
                            builder.literal(1, norm)});
        for (TrainedParameter &p : parameters)
            p.gradient = builder.mul(p.gradient, factor);
    }
    if (settings.clipValue > 0)
        for (TrainedParameter &p : parameters)
            p.gradient = builder.emit("clip", {p.gradient},
                                      {{"minimum", -settings.clipValue}, {"maximum", settings.clipValue}});
    return norm;
}

void appendUpdates(Builder &builder, const OptimizerSettings &settings, std::string_view phase,
                   const std::vector<TrainedParameter> &parameters, const StepScalars &scalars)
{
    Updater updater(builder, settings, phase, scalars);
    const std::string origin = builder.origin();
    for (const TrainedParameter &p : parameters)
        updater.update(p);
    builder.setOrigin(origin);
}

} // namespace espalier
