// SPDX-License-Identifier: Apache-2.0
// Golden vectors through a unit of fixed latency that moves while en_i is high (`ports.svh` as in
// streaming.sv, and LATENCY).
`default_nettype none

module unit;

  logic clk = 1'b0;
  always #5 clk = ~clk;

  logic   en;
  integer sent;  // enabled cycles so far; the operands at this index enter in the next
  integer cycle;
  wire    valid_in;  // the stimulus is X while this is low

  `include "ports.svh"

  assign valid_in = en && sent < `N_IN;

  `BLOCK dut (
      .clk_i(clk),
      .en_i (en),
      `CONNECTIONS
  );

  initial begin
    sent = 0;
    en   = 1'b0;
    @(negedge clk);
    for (cycle = 0; sent < `N_IN + `LATENCY; cycle = cycle + 1) begin
      en = cycle % 5 != 2;  // every fifth cycle holds
      #4;
      if (en && sent >= `LATENCY) store;
      @(negedge clk);
      if (en) sent = sent + 1;
    end
    $finish;
  end

endmodule

`default_nettype wire
