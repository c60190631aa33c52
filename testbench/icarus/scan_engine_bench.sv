// SPDX-License-Identifier: Apache-2.0
// scan_engine in a four-state simulator: registers and memories start as X, and an X on a result, a
// handshake, a counter, the flags or the state is a failure. `engine.svh` and the .hex files are
// those of `engine-example scan_engine vectors`.
`default_nettype none

module scan_engine_bench;

  `include "engine.svh"

  localparam LANES = 2;
  localparam D_STATE = 16;
  localparam D_INNER_MAX = 8;
  localparam CHANNEL_WIDTH = 4;
  localparam TABLE_WIDTH = 7;
  localparam BEATS = TOKENS * D_INNER;
  localparam BC_BEATS = TOKENS * D_STATE;
  localparam STATES = D_INNER * D_STATE;
  localparam CYCLES_MAX = 1000;

  logic clk = 1'b0;
  logic rst_n = 1'b0;
  always #5 clk = ~clk;

  logic [31:0] a_table[0:STATES-1];
  logic [31:0] skips[0:D_INNER-1];
  logic [31:0] dt_biases[0:D_INNER-1];
  logic [31:0] h[0:STATES-1];
  logic [31:0] h_expected[0:STATES-1];
  logic [23:0] channels[0:BEATS-1];  // code, dt, z
  logic [15:0] bc[0:BC_BEATS-1];  // B, C
  logic [15:0] y_expected[0:BEATS-1];
  initial begin
    $readmemh("A.hex", a_table);
    $readmemh("D.hex", skips);
    $readmemh("dt_bias.hex", dt_biases);
    $readmemh("h.hex", h);
    $readmemh("h_out.hex", h_expected);
    $readmemh("channels.hex", channels);
    $readmemh("bc.hex", bc);
    $readmemh("y.hex", y_expected);
  end

  integer sent;
  integer bc_sent;
  integer received;
  integer failed;
  integer cycle;
  integer index;

  logic table_write;
  logic [1:0] table_select;
  logic [TABLE_WIDTH-1:0] table_address;
  logic [31:0] table_data;
  logic state_read;
  wire [31:0] state_data;
  logic valid;
  wire ready;
  logic bc_valid;
  wire bc_ready;
  wire y_valid;
  logic y_ready;
  logic take;
  logic bc_take;
  wire [15:0] y;
  wire busy;
  wire error;
  wire [4:0] flags;
  wire [63:0] cycles;
  wire [63:0] updates;
  wire [63:0] stalls;

  scan_engine #(
      .LANES      (LANES),
      .D_STATE    (D_STATE),
      .D_INNER_MAX(D_INNER_MAX),
      .CODE_BITS  (4)
  ) dut (
      .clk_i          (clk),
      .rst_ni         (rst_n),
      .d_inner_i      (D_INNER[CHANNEL_WIDTH-1:0]),
      .s1_i           (S1),
      .s2_i           (S2),
      .base1_i        (BASE1),
      .base2_i        (BASE2),
      .u_fp32_i       (1'b0),
      .s_dt_i         (S_DT),
      .s_b_i          (S_B),
      .s_c_i          (S_C),
      .s_z_i          (S_Z),
      .gate_i         (1'b1),
      .s_h_i          (32'bx),
      .inv_s_h_i      (32'bx),
      .valid_i        (valid),
      .ready_o        (ready),
      .u_i            (valid ? {8'd0, 16'd0, channels[sent][23:16]} : 32'bx),
      .dt_i           (valid ? channels[sent][15:8] : 8'bx),
      .z_i            (valid ? channels[sent][7:0] : 8'bx),
      .first_i        (valid ? 1'b0 : 1'bx),
      .bc_valid_i     (bc_valid),
      .bc_ready_o     (bc_ready),
      .b_i            (bc_valid ? bc[bc_sent][15:8] : 8'bx),
      .c_i            (bc_valid ? bc[bc_sent][7:0] : 8'bx),
      .valid_o        (y_valid),
      .ready_i        (y_ready),
      .y_o            (y),
      .table_write_i  (table_write),
      .table_select_i (table_select),
      .table_address_i(table_address),
      .table_data_i   (table_data),
      .state_read_i   (state_read),
      .state_data_o   (state_data),
      .busy_o         (busy),
      .error_o        (error),
      .clear_i        (1'b0),
      .flags_o        (flags),
      .cycles_o       (cycles),
      .updates_o      (updates),
      .stalls_o       (stalls)
  );

  task check(input ok);
    if (ok !== 1'b1) begin
      failed = failed + 1;
      $display("cycle %0d: %0d channels, %0d B and C in, %0d results out, handshakes %b, flags %b",
               cycle, sent, bc_sent, received, {ready, bc_ready, y_valid, busy, error}, flags);
    end
  endtask

  task write(input [1:0] select, input integer address, input [31:0] data);
    begin
      table_write = 1'b1;
      table_select = select;
      table_address = address[TABLE_WIDTH-1:0];
      table_data = data;
      @(negedge clk);
      table_write = 1'b0;
    end
  endtask

  // Inputs change on the falling edge; beats move, and are looked at, just before the rising one.
  initial begin
    sent = 0;
    bc_sent = 0;
    received = 0;
    failed = 0;
    cycle = 0;
    valid = 1'b0;
    bc_valid = 1'b0;
    y_ready = 1'b0;
    table_write = 1'b0;
    state_read = 1'b0;
    repeat (2) @(negedge clk);
    rst_n = 1'b1;
    for (index = 0; index < STATES; index = index + 1) begin
      write(2'd0, index, a_table[index]);
      write(2'd3, index, h[index]);
    end
    for (index = 0; index < D_INNER; index = index + 1) begin
      write(2'd1, index, skips[index]);
      write(2'd2, index, dt_biases[index]);
    end
    for (cycle = 0; cycle < CYCLES_MAX && (cycle == 0 || busy); cycle = cycle + 1) begin
      valid = valid | (sent < BEATS && cycle % 7 != 3);
      bc_valid = bc_valid | (bc_sent < BC_BEATS && cycle % 5 != 1);
      y_ready = cycle % 3 != 2;
      #4;
      check((^{ready, bc_ready, y_valid, busy, error, flags, cycles, updates, stalls}) !== 1'bx);
      if (y_valid) check((^y) !== 1'bx);
      if (y_valid && y_ready) begin
        check(y === y_expected[received]);
        received = received + 1;
      end
      take = valid & ready;
      bc_take = bc_valid & bc_ready;
      @(negedge clk);
      sent = sent + take;
      bc_sent = bc_sent + bc_take;
      valid = valid & ~take;
      bc_valid = bc_valid & ~bc_take;
    end
    check(sent == BEATS && bc_sent == BC_BEATS && received == BEATS);
    check(flags === FLAGS && updates === TOKENS * STATES && error === 1'b0);
    for (index = 0; index < STATES; index = index + 1) begin
      state_read = 1'b1;
      table_address = index[TABLE_WIDTH-1:0];
      @(negedge clk);
      state_read = 1'b0;
      @(negedge clk);
      check(state_data === h_expected[index]);
    end
    if (failed == 0)
      $display("scan_engine: %0d results and %0d states compared, all equal", BEATS, STATES);
    $finish;
  end

endmodule

`default_nettype wire
