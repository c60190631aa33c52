// SPDX-License-Identifier: Apache-2.0
#include "stage.hpp"

#include <algorithm>

using namespace tlm;

namespace w4a5se {

Stage::Stage(sc_core::sc_module_name name, se_stage stage, const se_system &system,
             const se_system_plan &plan, Engine &engine, se_system_result &result)
    : sc_module(name), stage(stage), system(system), plan(plan),
      steps(system.decode ? system.tokens : 1), sequence(system.decode ? 1 : system.tokens),
      tile(system.pipelining ? std::min(system.tile_tokens, sequence) : sequence), engine(engine),
      result(result), layers_to_come(steps * result.layers) {
    SC_HAS_PROCESS(Stage);
    SC_THREAD(main);
}

void Stage::main() {
    for (int step = 0; step < steps; step++) {
        for (int layer = 0; layer < result.layers; layer++) {
            layers_to_come--;
            run_layer(step, layer);
        }
        if (stage == SE_STAGE_IN_PROJ) {
            run_head();
        }
    }
}

void Stage::run_layer(int step, int layer) {
    const bool at_start = stage == SE_STAGE_IN_PROJ && layer == 0;
    for (int done = 0; done < sequence; done += tile) {
        const int tokens = at_start ? std::min(tile, sequence - done) : in->read();
        double stored = 0;
        for (int k = 0; k < tokens; k += system.tile_tokens) {
            const int n = std::min(system.tile_tokens, tokens - k);
            const Piece piece = {layer, stage, static_cast<uint64_t>(n), done + k == 0,
                                 done + k + n == sequence};
            const double start = now_ns();
            stored = std::max(stored, run_piece(piece));
            if (step == 0) {
                draw(piece, start);
            }
        }
        wait_until(stored);
        if (stage == SE_STAGE_OUT_PROJ && done + tokens == sequence) {
            end_layer(layer);
        }
        out->write(tokens);
    }
}

// For the last token, when all have come.
void Stage::run_head() {
    for (int done = 0; done < sequence;) {
        done += in->read();
    }
    run_piece({result.layers, SE_STAGE_HEAD, 1, true, true});
    end_layer(result.layers);
}

// Returns when what it wrote is in its memory.
double Stage::run_piece(const Piece &piece) {
    const se_stage_plan &work = plan.stages[piece.stage];
    if (work.macs + work.channels + work.updates == 0) {
        return 0;
    }
    const double start = now_ns();
    double end = std::max(fetch(piece), fetch_weights(piece));
    end = std::max(end, work_memory(piece));
    end = std::max(end, engine.reserve(piece.layer, work, piece.tokens));
    wait_until(end);
    result.use[piece.layer].stage_ns[piece.stage] += now_ns() - start;
    return store(piece);
}

double Stage::fetch(const Piece &piece) {
    double ready = 0;
    for (int i = 0; i < SE_TENSOR_WEIGHTS; i++) {
        const uint64_t bits = plan.stages[piece.stage].read[i] * piece.tokens;
        ready = std::max(ready, transfer(dma, TLM_READ_COMMAND, piece, se_layer_tensor(i), bits));
    }
    if (piece.stage == SE_STAGE_SCAN && piece.first && system.decode) {
        ready = std::max(ready,
                         transfer(dma, TLM_READ_COMMAND, piece, SE_TENSOR_STATE, plan.state_bits));
    }
    return ready;
}

// And, where the memory has room, those of this stage's next layer, which arrive meanwhile.
double Stage::fetch_weights(const Piece &piece) {
    const se_stage_plan &work = plan.stages[piece.stage];
    if (!piece.first && !work.weights_each_tile) {
        return 0;
    }
    const bool head = piece.stage == SE_STAGE_HEAD;
    const uint64_t there = head ? 0 : std::min(prefetched_bits, work.weight_bits);
    double ready =
        transfer(dma, TLM_READ_COMMAND, piece, SE_TENSOR_WEIGHTS, work.weight_bits - there);
    if (!head) {
        ready = std::max(ready, prefetched_at_ns);
        prefetched_bits = 0;
    }
    if (!head && !work.weights_each_tile && layers_to_come > 0) {
        Piece next = piece;
        next.layer = (piece.layer + 1) % result.layers;
        prefetched_bits =
            static_cast<uint64_t>(plan.prefetch * static_cast<double>(work.weight_bits)) / 8 * 8;
        prefetched_at_ns =
            transfer(dma, TLM_READ_COMMAND, next, SE_TENSOR_WEIGHTS, prefetched_bits);
    }
    return ready;
}

// What the engine reads and writes on chip. Its own memory is as fast as the engine.
double Stage::work_memory(const Piece &piece) {
    enum { A_BITS = 32 }; // the scan's A, beside a state that is read and written
    const se_stage_plan &work = plan.stages[piece.stage];
    const uint64_t state = 2 * static_cast<uint64_t>(system.state_bits) + A_BITS;
    transfer(local, TLM_READ_COMMAND, piece, SE_TENSOR_STATE,
             work.weight_bits + work.updates * piece.tokens * state);
    return transfer(buffer, TLM_READ_COMMAND, piece, SE_TENSOR_CODE,
                    work.buffer_bits * piece.tokens);
}

double Stage::store(const Piece &piece) {
    double stored = 0;
    for (int i = 0; i < SE_TENSOR_WEIGHTS; i++) {
        const uint64_t bits = plan.stages[piece.stage].write[i] * piece.tokens;
        stored =
            std::max(stored, transfer(dma, TLM_WRITE_COMMAND, piece, se_layer_tensor(i), bits));
    }
    if (piece.stage == SE_STAGE_SCAN && piece.last) {
        stored = std::max(
            stored, transfer(dma, TLM_WRITE_COMMAND, piece, SE_TENSOR_STATE, plan.state_bits));
    }
    return stored;
}

// When it is over. Bytes are whole; TLM counts them in 32 bits.
double Stage::transfer(Socket &socket, tlm_command command, const Piece &piece,
                       se_layer_tensor tensor, uint64_t bits) {
    constexpr uint64_t kLongest = uint64_t{1} << 31;
    sc_core::sc_time delay;
    for (uint64_t bytes = (bits + 7) / 8; bytes > 0;) {
        const uint64_t part = std::min(bytes, kLongest);
        tlm_generic_payload payload;
        Purpose purpose;
        purpose.layer = piece.layer;
        purpose.stage = piece.stage;
        purpose.tensor = tensor;
        payload.set_command(command);
        payload.set_data_length(static_cast<unsigned>(part));
        payload.set_extension(&purpose);
        socket->b_transport(payload, delay);
        payload.clear_extension(&purpose);
        sc_assert(payload.is_response_ok());
        bytes -= part;
    }
    return now_ns() + delay.to_seconds() * 1e9;
}

void Stage::wait_until(double ns) {
    if (ns > now_ns()) {
        wait(nanoseconds(ns - now_ns()));
    }
}

void Stage::end_layer(int layer) {
    result.use[layer].time_ns += now_ns() - result.time_ns;
    result.time_ns = now_ns();
}

void Stage::draw(const Piece &piece, double start_ns) {
    if (piece.layer == result.gantt_layer && result.bars < SE_BARS_MAX && now_ns() > start_ns) {
        result.bar[result.bars++] = {piece.stage, start_ns, now_ns()};
    }
}

} // namespace w4a5se
