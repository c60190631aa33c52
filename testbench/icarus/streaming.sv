// SPDX-License-Identifier: Apache-2.0
// Golden vectors through a block with valid/ready handshakes, in a four-state simulator.
//
// `ports.svh` (written by `run` from manifest.json) defines BLOCK, CONNECTIONS, N_IN and N_OUT,
// declares the memory of each input port, and the task store, which writes each output port.
// Only clock and reset have an initial value: what the reset does not reach is X, an X on an output
// reaches its .hex file, and `w4a5se check` refuses it.
`default_nettype none

module streaming;

  logic clk = 1'b0;
  logic rst_n = 1'b0;
  always #5 clk = ~clk;

  logic   valid_in;
  wire    ready_in;
  wire    valid_out;
  logic   ready_out;
  integer sent;  // beats in; the stimulus at this index is X while valid_in is low
  integer received;
  integer cycle;

  `include "ports.svh"

  `BLOCK dut (
      .clk_i  (clk),
      .rst_ni (rst_n),
      .valid_i(valid_in),
      .ready_o(ready_in),
      .valid_o(valid_out),
      .ready_i(ready_out),
      `CONNECTIONS
  );

  // The block's inputs change on the falling edge; beats move, and are looked at, just before the
  // rising one. Every seventh cycle pauses before a beat, every fifth stalls the output.
  initial begin
    sent = 0;
    received = 0;
    valid_in = 1'b0;
    ready_out = 1'b0;
    repeat (2) @(negedge clk);
    rst_n = 1'b1;
    // A few cycles more than it takes (LATENCY: of a block that is not pipelined), so that a beat too
    // many is noticed.
    for (cycle = 0; cycle < (4 + `LATENCY) * (`N_IN + `N_OUT); cycle = cycle + 1) begin
      valid_in  = valid_in | (sent < `N_IN && cycle % 7 != 3);
      ready_out = cycle % 5 != 2;
      #4;
      if (valid_out && ready_out) begin
        store;
        received = received + 1;
      end
      if ((valid_out ^ ready_in) === 1'bx) begin
        $display("X on a handshake in cycle %0d", cycle);
      end
      // The rising edge comes between; the next beat follows on the falling one.
      if (valid_in && ready_in) begin
        @(negedge clk);
        sent = sent + 1;
        valid_in = 1'b0;
      end else @(negedge clk);
    end
    if (sent != `N_IN || received != `N_OUT) begin
      $display("%0d of %0d beats in, %0d of %0d out", sent, `N_IN, received, `N_OUT);
    end
    $finish;
  end

endmodule

`default_nettype wire
