// SPDX-License-Identifier: Apache-2.0
// Registers and table windows of w4a5se_top (docs/registers.md) behind plain accesses: judges each,
// keeps the configuration, passes tables on, counts what was refused. A register read is answered
// one cycle after it was offered, a read of the state two.
`default_nettype none

module top_registers #(
    parameter LANES = 4,
    parameter D_STATE = 16,
    parameter D_INNER_MAX = 2048,
    parameter CODE_BITS = 4,
    parameter STATE_INT8 = 0,
    parameter ADDRESS_WIDTH = 23,
    parameter CHANNEL_WIDTH = $clog2(D_INNER_MAX),
    parameter TABLE_WIDTH = $clog2(D_INNER_MAX) + $clog2(D_STATE)
) (
    input wire aclk,
    input wire aresetn,

    input  wire                     write_i,
    input  wire [ADDRESS_WIDTH-1:0] write_address_i,
    input  wire [             31:0] write_data_i,
    input  wire                     write_whole_i,
    output wire                     write_refused_o,
    input  wire                     read_i,
    input  wire [ADDRESS_WIDTH-1:0] read_address_i,
    output wire                     read_done_o,
    output wire [             31:0] read_data_o,
    output wire                     read_refused_o,

    input wire        conv_busy_i,
    input wire        scan_busy_i,
    input wire [ 4:0] conv_flags_i,
    input wire [ 4:0] scan_flags_i,
    input wire [63:0] cycles_i,
    input wire [63:0] updates_i,
    input wire [63:0] stalls_i,

    output wire [1023:0] config_o,  // the register at byte address b: bits 8b and up
    output wire          conv_first_o,
    output wire          scan_first_o,
    output wire          clear_o,
    output wire          reset_o,

    output wire                     conv_table_write_o,
    output wire [CHANNEL_WIDTH-1:0] conv_table_channel_o,
    output wire [             31:0] conv_table_weights_o,
    output wire [             31:0] conv_table_bias_o,
    output wire                     scan_table_write_o,
    output wire [              1:0] scan_table_select_o,   // as scan_engine wants it
    output wire [  TABLE_WIDTH-1:0] scan_table_address_o,
    output wire [             31:0] scan_table_data_o,
    output wire                     state_read_o,
    input  wire [             31:0] state_data_i
);

  localparam [31:0] BASE_RESET = 32'd0 - (32'd1 << (CODE_BITS - 1));
  localparam [31:0] BUILD_VALUE =
      {D_STATE[15:0], STATE_INT8[0], 3'd0, CODE_BITS[3:0], LANES[7:0]};
  localparam OFFSETS = 32;  // registers that are kept lie below this many words

  wire busy = conv_busy_i | scan_busy_i;

  // ---- judging --------------------------------------------------------------------------------

  // {address, value, busy, partial}: why an access is refused.
  wire [2:0] write_window = write_address_i[22:20];
  wire [19:0] write_offset = write_address_i[19:0];
  wire write_register = (write_window == 3'd0) & ~(|write_offset[19:8]);
  wire write_kept = write_register & registers_pkg::kept(write_offset[7:0]);
  wire write_act = write_register & registers_pkg::acts(write_offset[7:0]);

  // Inside a window: the entry exists.
  localparam [31:0] CONV_BYTES = D_INNER_MAX * 8;
  localparam [31:0] CHANNEL_BYTES = D_INNER_MAX * 4;
  localparam [31:0] STATE_BYTES = D_INNER_MAX * D_STATE * 4;
  function automatic in_window(input [2:0] window, input [19:0] offset);
    case (window)
      registers_pkg::TABLE_CONV: in_window = {12'd0, offset} < CONV_BYTES;
      registers_pkg::TABLE_SKIP, registers_pkg::TABLE_DT_BIAS:
      in_window = {12'd0, offset} < CHANNEL_BYTES;
      registers_pkg::TABLE_A, registers_pkg::TABLE_STATE:
      in_window = {12'd0, offset} < STATE_BYTES;
      default: in_window = 1'b0;
    endcase
  endfunction
  wire write_table = in_window(write_window, write_offset);

  wire legal;
  register_rule #(
      .CODE_BITS  (CODE_BITS),
      .D_INNER_MAX(D_INNER_MAX)
  ) rule (
      .rule_i (registers_pkg::rule(write_offset[7:0])),
      .value_i(write_data_i),
      .legal_o(legal)
  );

  wire no_target = ~(write_kept | write_act | write_table) | (|write_offset[1:0]);
  wire illegal = write_register & ~no_target & ~legal;
  wire too_busy = (write_kept | write_table) & ~no_target & busy;
  wire [3:0] write_errors = {~write_whole_i, too_busy, illegal, no_target};
  assign write_refused_o = |write_errors;
  wire write = write_i & ~write_refused_o;

  // ---- what is kept ---------------------------------------------------------------------------

  logic [OFFSETS*32-1:0] config_q;
  genvar r;
  for (r = 0; r < OFFSETS; r = r + 1) begin : g_register
    localparam [7:0] OFFSET = r * 4;
    localparam IS_BASE = (OFFSET == registers_pkg::BASE1) || (OFFSET == registers_pkg::BASE2);
    if (registers_pkg::kept(OFFSET)) begin : g_kept
      logic [31:0] word_q;
      always_ff @(posedge aclk) begin
        if (!aresetn) word_q <= IS_BASE ? BASE_RESET : registers_pkg::reset(OFFSET);
        else if (write && write_kept && write_offset[7:0] == OFFSET) word_q <= write_data_i;
      end
      assign config_q[r*32+:32] = word_q;
    end else begin : g_not_kept
      assign config_q[r*32+:32] = 32'd0;
    end
  end
  assign config_o = config_q;

  // ---- acts -----------------------------------------------------------------------------------

  wire control = write & write_act & (write_offset[7:0] == registers_pkg::CONTROL);
  assign conv_first_o = control & write_data_i[0];
  assign scan_first_o = control & write_data_i[1];
  assign clear_o = control & write_data_i[2];
  assign reset_o = control & write_data_i[3];

  wire errors_write = write & write_act & (write_offset[7:0] == registers_pkg::ERRORS);
  logic [3:0] errors_q;
  wire [3:0] read_errors;
  always_ff @(posedge aclk) begin
    if (!aresetn) errors_q <= 4'd0;
    else
      errors_q <= (errors_q & ~(write_data_i[3:0] & {4{errors_write}})) |
                  (write_errors & {4{write_i}}) | read_errors;
  end

  // ---- tables ---------------------------------------------------------------------------------

  // A channel's weights wait for its bias.
  logic [31:0] weights_q;
  wire conv_write = write & (write_window == registers_pkg::TABLE_CONV);
  always_ff @(posedge aclk) if (conv_write && !write_offset[2]) weights_q <= write_data_i;
  assign conv_table_write_o = conv_write & write_offset[2];
  assign conv_table_channel_o = write_offset[3+:CHANNEL_WIDTH];
  assign conv_table_weights_o = weights_q;
  assign conv_table_bias_o = write_data_i;

  wire skip_window = write_window == registers_pkg::TABLE_SKIP;
  wire bias_window = write_window == registers_pkg::TABLE_DT_BIAS;
  wire state_window = write_window == registers_pkg::TABLE_STATE;
  wire a_window = write_window == registers_pkg::TABLE_A;
  assign scan_table_write_o = write & (skip_window | bias_window | a_window | state_window);
  assign scan_table_select_o = {bias_window | state_window, skip_window | state_window};
  assign scan_table_address_o = state_read_o ? read_address_i[2+:TABLE_WIDTH]
                                             : write_offset[2+:TABLE_WIDTH];
  assign scan_table_data_o = write_data_i;

  // ---- reading --------------------------------------------------------------------------------

  wire [2:0] read_window = read_address_i[22:20];
  wire [19:0] read_offset = read_address_i[19:0];
  wire read_register = (read_window == 3'd0) & ~(|read_offset[19:8]) &
                       registers_pkg::exists(read_offset[7:0]);
  wire read_state = (read_window == registers_pkg::TABLE_STATE) & ~(|read_offset[1:0]) &
                    in_window(read_window, read_offset);
  wire read_busy = read_state & busy;
  assign state_read_o = read_i & read_state & ~busy;
  assign read_errors = {1'b0, read_busy, 1'b0, ~(read_register | read_state)} & {4{read_i}};

  // The other half of a counter is held when its low half is read.
  logic [31:0] high_q;
  logic [31:0] word;
  always_comb begin
    case (read_offset[7:0])
      registers_pkg::ID: word = registers_pkg::ID_VALUE;
      registers_pkg::VERSION: word = registers_pkg::VERSION_VALUE;
      registers_pkg::BUILD: word = BUILD_VALUE;
      registers_pkg::CHANNELS: word = D_INNER_MAX;
      registers_pkg::STATUS: word = {30'd0, scan_busy_i, conv_busy_i};
      registers_pkg::ERRORS: word = {28'd0, errors_q};
      registers_pkg::FLAGS: word = {19'd0, scan_flags_i, 3'd0, conv_flags_i};
      registers_pkg::CYCLES_LOW: word = cycles_i[31:0];
      registers_pkg::UPDATES_LOW: word = updates_i[31:0];
      registers_pkg::STALLS_LOW: word = stalls_i[31:0];
      registers_pkg::CYCLES_HIGH, registers_pkg::UPDATES_HIGH, registers_pkg::STALLS_HIGH:
      word = high_q;
      default: word = read_offset[7] ? 32'd0 : config_q[{read_offset[6:2], 5'd0}+:32];
    endcase
  end

  logic [2:1] reading_q;
  logic state_q;
  logic refused_q;
  logic [31:0] word_q;
  always_ff @(posedge aclk) begin
    if (read_i) begin
      word_q <= word;
      state_q <= read_state;
      refused_q <= |read_errors;
      if (read_register) begin
        case (read_offset[7:0])
          registers_pkg::CYCLES_LOW: high_q <= cycles_i[63:32];
          registers_pkg::UPDATES_LOW: high_q <= updates_i[63:32];
          registers_pkg::STALLS_LOW: high_q <= stalls_i[63:32];
          default: ;
        endcase
      end
    end
    if (!aresetn) reading_q <= {2{1'b0}};
    else reading_q <= {reading_q[1], read_i};
  end
  assign read_done_o = state_q ? reading_q[2] : reading_q[1];
  assign read_data_o = state_q ? state_data_i : word_q;
  assign read_refused_o = refused_q;

endmodule

`default_nettype wire
