// SPDX-License-Identifier: Apache-2.0
// Tables through a scale lookup (macro LOOKUP, with its PARAMETERS), each followed by a walk over all
// channels. In every cycle the ports of its search are written to ports.hex (by record.svh) as they are
// before the edge of the clock, behind a 1 where the cycle belongs to a walk.
`default_nettype none

module walk;

  reg clk = 1'b0;
  reg rst_n = 1'b0;
  reg valid = 1'b0;
  reg table_valid = 1'b0;
  reg swap = 1'b0;
  reg recording = 1'b0;
  reg [31:0] channel = 32'd0;
  reg [31:0] words[0:`WORDS * `TABLES - 1];
  wire ready;
  wire table_error;
  wire order_error;
  integer file;
  integer table_number;
  integer word;
  integer answers = 0;

  `LOOKUP #(
      `PARAMETERS
  ) lookup (
      .clk_i        (clk),
      .rst_ni       (rst_n),
      .valid_i      (valid),
      .ready_o      (ready),
      .channel_i    (channel[$clog2(`CHANNELS)-1:0]),
      .restart_i    (1'b0),
      .valid_o      (),
      .ready_i      (1'b1),
      .index_o      (),
      .scale_o      (),
      .table_valid_i(table_valid),
      .table_ready_o(),
      .table_data_i (words[word]),
      .table_swap_i (swap),
      .table_error_o(table_error),
      .order_error_o(order_error)
  );

  // Inputs change between the edges.
  task cycle;
    begin
      #4;
      `include "record.svh"
      #1 clk = 1'b1;
      #5 clk = 1'b0;
    end
  endtask

  initial begin
    word = 0;
    file = $fopen("ports.hex");
    $readmemh("words.hex", words);
    cycle;
    cycle;
    rst_n = 1'b1;
    for (table_number = 0; table_number < `TABLES; table_number = table_number + 1) begin
      table_valid = 1'b1;
      repeat (`WORDS) begin
        cycle;
        word = word + 1;
      end
      table_valid = 1'b0;
      swap = 1'b1;
      cycle;
      swap = 1'b0;
      repeat (4) cycle;
      recording = 1'b1;
      valid = 1'b1;
      for (channel = 0; channel < `CHANNELS; channel = channel + 1) begin
        #1;
        while (!ready) begin
          cycle;
          #1;
        end
        cycle;
      end
      valid = 1'b0;
      repeat (2) cycle;
      recording = 1'b0;
      if (table_error | order_error) $fatal(1, "the lookup refused a table or a channel");
    end
    $fclose(file);
    $finish;
  end

endmodule

// The memory of the lookups, which also tells how often it was read.
module ram_1r1w #(
    parameter WIDTH = 32,
    parameter DEPTH = 64,
    parameter ADDRESS_WIDTH = (DEPTH > 1) ? $clog2(DEPTH) : 1
) (
    input wire clk_i,

    input wire                     write_i,
    input wire [ADDRESS_WIDTH-1:0] write_address_i,
    input wire [        WIDTH-1:0] write_data_i,

    input  wire                     read_i,
    input  wire [ADDRESS_WIDTH-1:0] read_address_i,
    output reg  [        WIDTH-1:0] read_data_o
);

  reg [WIDTH-1:0] words[0:DEPTH-1];
  integer reads = 0;

  always @(posedge clk_i) begin
    if (write_i) words[write_address_i] <= write_data_i;
    if (read_i) read_data_o <= words[read_address_i];
    if (read_i && walk.recording) reads = reads + 1;
  end

  final $display("memory %0d %0d %0d %m", WIDTH, DEPTH, reads);

endmodule

`default_nettype wire
