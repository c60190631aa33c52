// SPDX-License-Identifier: Apache-2.0
// Streams of beats through a block (macro UNIT, with PARAMETERS and CONNECTIONS), after cycles that set it
// up. In every cycle all its ports are written to ports.hex as they are before the edge of the clock, those
// of a part of it to part.hex, behind a 1 while beats FIRST to LAST - 1 of the first stream enter.
// stream.svh has the macros.
`default_nettype none

module stream;

  `include "stream.svh"

  reg clk = 1'b0;
  reg rst_n = 1'b0;
  reg [`SETUP_WIDTH-1:0] setups[0:`SETUPS-1];
  reg [`A_WIDTH-1:0] a_beats[0:`A_BEATS-1];
  reg [`B_WIDTH-1:0] b_beats[0:`B_BEATS-1];
  integer set_up = 0;
  integer a_sent = 0;
  integer b_sent = 0;
  integer file;
  integer part_file;
  reg running = 1'b0;
  reg a_taken;
  reg b_taken;

  wire [`SETUP_WIDTH-1:0] setup = (rst_n && set_up < `SETUPS) ? setups[set_up] : {`SETUP_WIDTH{1'b0}};
  wire a_valid = running && a_sent < `A_BEATS;
  wire b_valid = running && b_sent < `B_BEATS;
  // The last beat stays when there are no more.
  wire [`A_WIDTH-1:0] a = a_beats[(a_sent < `A_BEATS) ? a_sent : `A_BEATS - 1];
  wire [`B_WIDTH-1:0] b = b_beats[(b_sent < `B_BEATS) ? b_sent : `B_BEATS - 1];
  wire a_ready;
  wire b_ready;
  wire recording = running && a_sent >= `FIRST && a_sent < `LAST;

  `UNIT #(
      `PARAMETERS
  ) unit (
      `CONNECTIONS
  );

  // Inputs change between the edges.
  task cycle;
    begin
      #4;
      `RECORD
      a_taken = a_valid & a_ready;
      b_taken = b_valid & b_ready;
      #1 clk = 1'b1;
      #5 clk = 1'b0;
      a_sent = a_sent + a_taken;
      b_sent = b_sent + b_taken;
    end
  endtask

  initial begin
    file = $fopen("ports.hex");
    part_file = $fopen("part.hex");
    $readmemh("setups.hex", setups);
    $readmemh("a.hex", a_beats);
    $readmemh("b.hex", b_beats);
    cycle;
    cycle;
    rst_n = 1'b1;
    for (set_up = 0; set_up < `SETUPS; set_up = set_up + 1) cycle;
    running = 1'b1;
    while (a_sent < `LAST) cycle;
    cycle;
    $fclose(file);
    $fclose(part_file);
    $finish;
  end

endmodule

`default_nettype wire
