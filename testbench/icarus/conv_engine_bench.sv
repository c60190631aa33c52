// SPDX-License-Identifier: Apache-2.0
// conv_engine in a four-state simulator: registers and memories start as X, and an X on a result, a
// handshake or the flags is a failure. `engine.svh` and the .hex files are those of
// `engine-example conv_engine vectors`.
`default_nettype none

module conv_engine_bench;

  `include "engine.svh"

  localparam D_INNER_MAX = 48;
  localparam ADDRESS_WIDTH = $clog2(D_INNER_MAX);
  localparam CYCLES_MAX = 4 * BEATS + 200;

  logic clk = 1'b0;
  logic rst_n = 1'b0;
  always #5 clk = ~clk;

  logic [63:0] parameters[0:D_INNER-1];
  logic [7:0] x[0:BEATS-1];
  logic [39:0] codes[0:BEATS-1];  // value, then the code in a byte
  logic [7:0] x_projs[0:BEATS-1];
  initial begin
    $readmemh("parameters.hex", parameters);
    $readmemh("x.hex", x);
    $readmemh("codes.hex", codes);
    $readmemh("x_proj.hex", x_projs);
  end

  integer sent;
  integer coded;
  integer x_projected;
  integer failed;
  integer cycle;
  integer channel;

  logic param_write;
  logic valid;
  wire ready;
  wire code_valid;
  logic code_ready;
  wire [4:0] code;
  wire [31:0] value;
  wire x_proj_valid;
  logic x_proj_ready;
  wire [7:0] x_proj;
  wire busy;
  wire error;
  wire [4:0] flags;

  conv_engine #(
      .CODE_BITS  (4),
      .D_INNER_MAX(D_INNER_MAX)
  ) dut (
      .clk_i          (clk),
      .rst_ni         (rst_n),
      .d_inner_i      (D_INNER[ADDRESS_WIDTH:0]),
      .s_wx_i         (S_WX),
      .thr_pos_i      (THR_POS),
      .thr_neg_i      (THR_NEG),
      .inv_s1_i       (INV_S1),
      .inv_s2_i       (INV_S2),
      .base1_i        (BASE1),
      .base2_i        (BASE2),
      .x_proj_inv_s_i (X_PROJ_INV_S),
      .param_write_i  (param_write),
      .param_address_i(channel[ADDRESS_WIDTH-1:0]),
      .param_weights_i(param_write ? parameters[channel][31:0] : 32'bx),
      .param_bias_i   (param_write ? parameters[channel][63:32] : 32'bx),
      .valid_i        (valid),
      .ready_o        (ready),
      .x_i            (valid ? x[sent] : 8'bx),
      .first_i        (valid ? sent < D_INNER : 1'bx),
      .code_valid_o   (code_valid),
      .code_ready_i   (code_ready),
      .code_o         (code),
      .value_o        (value),
      .x_proj_valid_o (x_proj_valid),
      .x_proj_ready_i (x_proj_ready),
      .x_proj_o       (x_proj),
      .busy_o         (busy),
      .error_o        (error),
      .flags_clear_i  (1'b0),
      .flags_o        (flags)
  );

  task check(input ok);
    if (ok !== 1'b1) begin
      failed = failed + 1;
      $display("cycle %0d: %0d in, %0d codes and %0d INT8 out, handshakes %b, flags %b", cycle,
               sent, coded, x_projected, {ready, code_valid, x_proj_valid, busy, error}, flags);
    end
  endtask

  // Inputs change on the falling edge; beats move, and are looked at, just before the rising one.
  initial begin
    sent = 0;
    coded = 0;
    x_projected = 0;
    failed = 0;
    cycle = 0;
    channel = 0;
    valid = 1'b0;
    code_ready = 1'b0;
    x_proj_ready = 1'b0;
    param_write = 1'b0;
    repeat (2) @(negedge clk);
    rst_n = 1'b1;
    param_write = 1'b1;
    for (channel = 0; channel < D_INNER; channel = channel + 1) @(negedge clk);
    param_write = 1'b0;
    for (cycle = 0; cycle < CYCLES_MAX; cycle = cycle + 1) begin
      valid = valid | (sent < BEATS && cycle % 7 != 3);
      code_ready = cycle % 5 > 2;
      x_proj_ready = cycle % 4 != 1;
      #4;
      check((^{ready, code_valid, x_proj_valid, busy, error, flags}) !== 1'bx);
      check(busy === (sent > coded || sent > x_projected));
      if (code_valid && code_ready) begin
        check({value, 3'd0, code} === codes[coded]);
        coded = coded + 1;
      end
      if (x_proj_valid && x_proj_ready) begin
        check(x_proj === x_projs[x_projected]);
        x_projected = x_projected + 1;
      end
      if (valid && ready) begin
        @(negedge clk);
        sent  = sent + 1;
        valid = 1'b0;
      end else @(negedge clk);
    end
    check(flags === FLAGS);
    check(sent == BEATS && coded == BEATS && x_projected == BEATS);
    if (failed == 0) $display("conv_engine: %0d beats of three words compared, all equal", BEATS);
    $finish;
  end

endmodule

`default_nettype wire
