// SPDX-License-Identifier: Apache-2.0
// A stage of the layers as a process: takes tiles from the stage before it, in order, moves their
// data, lets its engine compute, and hands them on.
#pragma once

#include "account.hpp"
#include "engine.hpp"

#include <tlm_utils/simple_initiator_socket.h>

namespace w4a5se {

class Stage : public sc_core::sc_module {
  public:
    using Socket = tlm_utils::simple_initiator_socket<Stage>;
    Socket dma{"dma"};                 // DRAM
    Socket buffer{"buffer"};           // the memory of activations
    Socket local{"local"};             // that of weights, or of the scan's state
    sc_core::sc_fifo_in<int> in{"in"}; // tokens that are there to work on
    sc_core::sc_fifo_out<int> out{"out"};

    Stage(sc_core::sc_module_name name, se_stage stage, const se_system &system,
          const se_system_plan &plan, Engine &engine, se_system_result &result);

  private:
    // Part of a tile's way through a stage of a layer.
    struct Piece {
        int layer;
        se_stage stage;
        uint64_t tokens;
        bool first, last; // of the layer
    };

    void main();
    void run_layer(int step, int layer);
    void run_head();
    double run_piece(const Piece &piece);
    double fetch(const Piece &piece);
    double fetch_weights(const Piece &piece);
    double work_memory(const Piece &piece);
    double store(const Piece &piece);
    double transfer(Socket &socket, tlm::tlm_command command, const Piece &piece,
                    se_layer_tensor tensor, uint64_t bits);
    void wait_until(double ns);
    void end_layer(int layer);
    void draw(const Piece &piece, double start_ns);

    const se_stage stage;
    const se_system &system;
    const se_system_plan &plan;
    const int steps, sequence, tile;
    Engine &engine;
    se_system_result &result;
    int layers_to_come; // of all steps
    uint64_t prefetched_bits = 0;
    double prefetched_at_ns = 0;
};

} // namespace w4a5se
