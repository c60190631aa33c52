// SPDX-License-Identifier: Apache-2.0
// Selective scan of tokens, channel by channel (docs/numerics.md, "Selective scan"), in FP32:
//   u, dt, B, C, z from their codes        h = exp(dt * A) * h + B * dt * u        y = C . h + D * u
// and the gate. LANES channels, a group, advance together, one n a cycle; two groups alternate, so
// that y's addition, two cycles long, costs nothing. LANES state updates a cycle; a token of d_inner
// channels takes ceil(d_inner / LANES) * D_STATE cycles. docs/engines.md gives the exact count.
//
// Three streams: channels in (d = 0 .. d_inner - 1, token by token), B and C in (n = 0 .. D_STATE - 1,
// token by token), results out. first_i marks the channels of a token that starts a sequence: their
// state counts as 0, otherwise it is what the memory holds. Everything behind the front end holds as
// a whole while a result waits.
//
// Configuration and tables hold still while busy_o is high. error_o: d_inner_i is not in
// 1..D_INNER_MAX, and nothing is accepted.
//
// LOOKUP 1 to 4 (scale_stage): each channel has its own scales, which the scale table's port writes:
// s1, s2 of each index. s1_i and s2_i are not read, u is a code, and the first result comes later by
// the latency of the lookup. d_inner must be GROUPS * HEADS * HEADDIM, else error_o is high. Nothing
// is accepted while scale_error_o is high. Reset drops the table; channels wait at the door
// for the next.
`default_nettype none

module scan_engine #(
    parameter LANES = 4,
    parameter D_STATE = 16,
    parameter D_INNER_MAX = 2048,
    parameter CODE_BITS = 4,
    parameter FP32_INPUT = 0,
    parameter STATE_INT8 = 0,
    parameter LOOKUP = 0,
    parameter GROUPS = 1,
    parameter HEAD_GROUPS = 4,
    parameter DIM_GROUPS = 4,
    parameter HEADS = 32,
    parameter HEADDIM = 64,
    parameter CHANNEL_WIDTH = $clog2(D_INNER_MAX) + 1,
    parameter TABLE_WIDTH = $clog2(D_INNER_MAX) + $clog2(D_STATE)
) (
    input wire clk_i,
    input wire rst_ni,

    input wire        [CHANNEL_WIDTH-1:0] d_inner_i,
    input wire        [             31:0] s1_i,
    input wire        [             31:0] s2_i,
    input wire signed [      CODE_BITS:0] base1_i,
    input wire signed [      CODE_BITS:0] base2_i,
    input wire                            u_fp32_i,
    input wire        [             31:0] s_dt_i,
    input wire        [             31:0] s_b_i,
    input wire        [             31:0] s_c_i,
    input wire        [             31:0] s_z_i,
    input wire                            gate_i,
    input wire        [             31:0] s_h_i,
    input wire        [             31:0] inv_s_h_i,

    input  wire        valid_i,
    output wire        ready_o,
    input  wire [31:0] u_i,
    input  wire [ 7:0] dt_i,
    input  wire [ 7:0] z_i,
    input  wire        first_i,

    input  wire       bc_valid_i,
    output wire       bc_ready_o,
    input  wire [7:0] b_i,
    input  wire [7:0] c_i,

    output wire        valid_o,
    input  wire        ready_i,
    output wire [15:0] y_o,

    // Tables: A and state at d * D_STATE + n, D and dt_bias at d.
    input  wire                   table_write_i,
    input  wire [            1:0] table_select_i,   // 0 A, 1 D, 2 dt_bias, 3 state
    input  wire [TABLE_WIDTH-1:0] table_address_i,
    input  wire [           31:0] table_data_i,
    input  wire                   state_read_i,
    output wire [           31:0] state_data_o,     // two cycles after state_read_i

    // The scales of LOOKUP; scale_stage describes it.
    input  wire        scale_valid_i,
    output wire        scale_ready_o,
    input  wire [31:0] scale_data_i,
    input  wire        scale_swap_i,
    output wire        scale_error_o,
    output wire [63:0] lookup_stalls_o,

    output wire        busy_o,
    output wire        error_o,
    input  wire        clear_i,    // counters and flags
    output wire [ 4:0] flags_o,    // sticky
    output wire [63:0] cycles_o,   // from the first channel in to the latest result, inclusive
    output wire [63:0] updates_o,  // state updates
    output wire [63:0] stalls_o    // cycles in which a waiting result held the lanes
);

  if (LANES != 1 && LANES != 2 && LANES != 4 && LANES != 8 && LANES != 16) begin : g_bad_lanes
    LANES_must_be_1_2_4_8_or_16 unsupported_configuration ();
  end
  if (D_STATE != 16 && D_STATE != 128) begin : g_bad_state
    D_STATE_must_be_16_or_128 unsupported_configuration ();
  end
  if (D_INNER_MAX < 8 || D_INNER_MAX < 2 * LANES || D_INNER_MAX % LANES != 0) begin : g_bad_d_inner
    D_INNER_MAX_must_be_a_multiple_of_LANES_and_at_least_8_and_2_LANES unsupported_configuration ();
  end
  if (CODE_BITS < 4 || CODE_BITS > 8) begin : g_bad_code
    CODE_BITS_must_be_4_to_8 unsupported_configuration ();
  end
  localparam CHANNELS = GROUPS * HEADS * HEADDIM;
  if (LOOKUP != 0 && (CHANNELS > D_INNER_MAX || FP32_INPUT != 0)) begin : g_bad_lookup
    a_table_of_at_most_D_INNER_MAX_channels_and_no_FP32_INPUT unsupported_configuration ();
  end

  localparam N_WIDTH = $clog2(D_STATE);
  localparam LANE_WIDTH = $clog2(LANES);
  localparam GROUPS_MAX = D_INNER_MAX / LANES;
  localparam GROUP_WIDTH = $clog2(GROUPS_MAX + 1);
  localparam DEPTH = GROUPS_MAX * D_STATE;
  localparam ADDRESS_WIDTH = $clog2(DEPTH);
  localparam STAGES = 14;
  localparam H_READ_AT = (STATE_INT8 != 0) ? 5 : 8;
  localparam H_WRITE_AT = (STATE_INT8 != 0) ? 14 : 11;

  // Groups, and the channels of the last one.
  wire [CHANNEL_WIDTH:0] d_inner_up = {1'b0, d_inner_i} + LANES[CHANNEL_WIDTH:0] - 1'b1;
  wire [CHANNEL_WIDTH:0] groups_wide = d_inner_up >> LANE_WIDTH;
  wire [GROUP_WIDTH-1:0] last_group = groups_wide[GROUP_WIDTH-1:0] - 1'b1;
  wire [4:0] over = {1'b0, d_inner_up[3:0] & (LANES[3:0] - 4'd1)} + 5'd1;
  localparam [LANES-1:0] ALL_LANES = {LANES{1'b1}};
  localparam [LANES-1:0] LANE_0 = ALL_LANES & ~(ALL_LANES << 1);
  wire [LANES-1:0] last_lanes = ~(ALL_LANES << over);
  wire [LANES-1:0] last_lane = last_lanes & ~(last_lanes >> 1);  // one-hot
  wire unused_groups_top = &{1'b0, groups_wide[CHANNEL_WIDTH:GROUP_WIDTH]};
  assign error_o = (LOOKUP != 0) ? d_inner_i != CHANNELS[CHANNEL_WIDTH-1:0]
                                 : (d_inner_i == {CHANNEL_WIDTH{1'b0}}) |
                                   (d_inner_i > D_INNER_MAX[CHANNEL_WIDTH-1:0]);
  wire refuse = error_o | scale_error_o;

  wire en;  // of the lanes and all behind them

  // ---- scales ----------------------------------------------------------------------------------

  wire take = valid_i & ready_o;
  wire front_en;
  wire stage_ready;
  wire scaled_valid;
  wire [31:0] scaled_u;
  wire [7:0] scaled_dt;
  wire [7:0] scaled_z;
  wire scaled_first;
  wire [31:0] s1;
  wire [31:0] s2;
  assign ready_o = stage_ready & ~refuse;
  scale_stage #(
      .LOOKUP     (LOOKUP),
      .WIDTH      (32 + 8 + 8 + 1),
      .SCALE_WORDS(2),
      .GROUPS     (GROUPS),
      .HEAD_GROUPS(HEAD_GROUPS),
      .DIM_GROUPS (DIM_GROUPS),
      .HEADS      (HEADS),
      .HEADDIM    (HEADDIM)
  ) scale (
      .clk_i        (clk_i),
      .rst_ni       (rst_ni),
      .scale_i      ({s2_i, s1_i}),
      .valid_i      (valid_i & ~refuse),
      .ready_o      (stage_ready),
      .data_i       ({u_i, dt_i, z_i, first_i}),
      .valid_o      (scaled_valid),
      .ready_i      (front_en),
      .data_o       ({scaled_u, scaled_dt, scaled_z, scaled_first}),
      .scale_o      ({s2, s1}),
      .table_valid_i(scale_valid_i),
      .table_ready_o(scale_ready_o),
      .table_data_i (scale_data_i),
      .table_swap_i (scale_swap_i),
      .table_error_o(scale_error_o),
      .clear_i      (clear_i),
      .stalls_o     (lookup_stalls_o)
  );

  // ---- front end -------------------------------------------------------------------------------

  logic [CHANNEL_WIDTH-1:0] channel_q;
  wire [CHANNEL_WIDTH-1:0] last_channel = d_inner_i - 1'b1;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) channel_q <= {CHANNEL_WIDTH{1'b0}};
    else if (scaled_valid && front_en)
      channel_q <= (channel_q == last_channel) ? {CHANNEL_WIDTH{1'b0}} : channel_q + 1'b1;
  end

  wire front_valid;
  wire [31:0] dt;
  wire [31:0] du;
  wire [31:0] y0;
  wire [7:0] z;
  wire first;
  wire [4:0] front_flags;
  scan_front #(
      .D_INNER_MAX      (D_INNER_MAX),
      .CODE_BITS        (CODE_BITS),
      .FP32_INPUT       (FP32_INPUT),
      .SCALE_PER_CHANNEL((LOOKUP != 0) ? 1 : 0)
  ) front (
      .clk_i          (clk_i),
      .rst_ni         (rst_ni),
      .en_i           (front_en),
      .s1_i           (s1),
      .s2_i           (s2),
      .base1_i        (base1_i),
      .base2_i        (base2_i),
      .u_fp32_i       (u_fp32_i),
      .s_dt_i         (s_dt_i),
      .skip_write_i   (table_write_i & (table_select_i == 2'd1)),
      .bias_write_i   (table_write_i & (table_select_i == 2'd2)),
      .table_channel_i(table_address_i[CHANNEL_WIDTH-1:0]),
      .table_data_i   (table_data_i),
      .valid_i        (scaled_valid),
      .channel_i      (channel_q),
      .u_i            (scaled_u),
      .dt_i           (scaled_dt),
      .z_i            (scaled_z),
      .first_i        (scaled_first),
      .valid_o        (front_valid),
      .dt_o           (dt),
      .du_o           (du),
      .y0_o           (y0),
      .z_o            (z),
      .first_o        (first),
      .flags_o        (front_flags)
  );

  // ---- filling groups: four entries, in a ring --------------------------------------------------

  logic [1:0] fill_entry_q;
  logic [GROUP_WIDTH-1:0] fill_group_q;
  logic [LANES-1:0] fill_lane_q;  // one-hot
  logic [2:0] held_q;  // entries full and not yet free
  logic [2:0] waiting_q;  // of these, not started
  logic [3:0] first_q;  // of each entry: its token starts a sequence
  wire fill_last_group = fill_group_q == last_group;
  wire fill = front_valid & ~held_q[2];
  wire filled = fill & (fill_lane_q[LANES-1] | (fill_last_group & (fill_lane_q == last_lane)));
  assign front_en = ~front_valid | ~held_q[2];

  wire start;  // a group starts
  wire entry_free;  // an entry is not needed any more
  always_ff @(posedge clk_i) begin
    if (fill) first_q[fill_entry_q] <= first;
    if (!rst_ni) begin
      fill_entry_q <= 2'd0;
      fill_group_q <= {GROUP_WIDTH{1'b0}};
      fill_lane_q <= LANE_0;
      held_q <= 3'd0;
      waiting_q <= 3'd0;
    end else begin
      if (fill) fill_lane_q <= filled ? LANE_0 : fill_lane_q << 1;
      if (filled) begin
        fill_entry_q <= fill_entry_q + 2'd1;
        fill_group_q <= fill_last_group ? {GROUP_WIDTH{1'b0}} : fill_group_q + 1'b1;
      end
      held_q <= held_q + {2'd0, filled} - {2'd0, entry_free};
      waiting_q <= waiting_q + {2'd0, filled} - {2'd0, start};
    end
  end

  // ---- issuing: two groups in turn ---------------------------------------------------------------

  // {a token's first of a sequence, the token's last group, bank of B and C, entry, address}
  localparam INFO_WIDTH = 5 + ADDRESS_WIDTH;
  logic [1:0] active_q;  // [0] the slot whose turn it is, [1] the other
  logic [INFO_WIDTH-1:0] slot_q;  // the next update of slot [0]
  logic [INFO_WIDTH-1:0] other_slot_q;
  logic [1:0] start_entry_q;
  logic [GROUP_WIDTH-1:0] start_group_q;
  logic start_bank_q;

  wire token_ready;
  wire start_last_group = start_group_q == last_group;
  wire alone = (last_group == {GROUP_WIDTH{1'b0}}) & active_q[1];  // with its own channels
  assign start = en & ~active_q[0] & (|waiting_q) & token_ready & ~alone;
  wire [ADDRESS_WIDTH-1:0] start_address = {
    start_group_q[ADDRESS_WIDTH-N_WIDTH-1:0], {N_WIDTH{1'b0}}
  };

  wire issue = active_q[0] | start;
  wire [INFO_WIDTH-1:0] issued = active_q[0] ? slot_q : {
    first_q[start_entry_q], start_last_group, start_bank_q, start_entry_q, start_address
  };
  wire issued_last_n = &issued[N_WIDTH-1:0];

  always_ff @(posedge clk_i) begin
    if (en) begin
      slot_q <= other_slot_q;
      other_slot_q <= {issued[INFO_WIDTH-1:N_WIDTH], issued[N_WIDTH-1:0] + 1'b1};
    end
    if (!rst_ni) begin
      active_q <= 2'b00;
      start_entry_q <= 2'd0;
      start_group_q <= {GROUP_WIDTH{1'b0}};
      start_bank_q <= 1'b0;
    end else begin
      if (en) active_q <= {issue & ~issued_last_n, active_q[1]};
      if (start) begin
        start_entry_q <= start_entry_q + 2'd1;
        start_group_q <= start_last_group ? {GROUP_WIDTH{1'b0}} : start_group_q + 1'b1;
        start_bank_q  <= start_bank_q ^ start_last_group;
      end
    end
  end

  // The updates in each stage; stage 0 is the one issued.
  logic [STAGES:1] valid_q;
  logic [STAGES*INFO_WIDTH-1:0] info_q;
  wire [(STAGES+1)*INFO_WIDTH-1:0] info = {info_q, issued};
  always_ff @(posedge clk_i) begin
    if (en) info_q <= info[STAGES*INFO_WIDTH-1:0];
    if (!rst_ni) valid_q <= {STAGES{1'b0}};
    else if (en) valid_q <= {valid_q[STAGES-1:1], issue};
  end

  localparam FIRST_BIT = INFO_WIDTH - 1;
  localparam LAST_GROUP_BIT = INFO_WIDTH - 2;
  localparam BANK_BIT = INFO_WIDTH - 3;
  wire [N_WIDTH-1:0] n_6 = info[6*INFO_WIDTH+:N_WIDTH];
  wire [N_WIDTH-1:0] n_10 = info[10*INFO_WIDTH+:N_WIDTH];
  wire [N_WIDTH-1:0] n_13 = info[13*INFO_WIDTH+:N_WIDTH];
  wire last_group_10 = info[10*INFO_WIDTH+LAST_GROUP_BIT];
  wire last_group_13 = info[13*INFO_WIDTH+LAST_GROUP_BIT];
  assign entry_free = en & valid_q[6] & (&n_6);

  // ---- B and C -----------------------------------------------------------------------------------

  wire [31:0] b;
  wire [31:0] c;
  wire bc_busy;
  wire bc_bank_free;
  assign bc_ready_o = bc_bank_free & ~refuse;
  scan_bc #(
      .D_STATE(D_STATE)
  ) bc (
      .clk_i        (clk_i),
      .rst_ni       (rst_ni),
      .s_b_i        (s_b_i),
      .s_c_i        (s_c_i),
      .valid_i      (bc_valid_i & ~refuse),
      .ready_o      (bc_bank_free),
      .b_i          (b_i),
      .c_i          (c_i),
      .token_ready_o(token_ready),
      .start_i      (start & start_last_group),
      .free_i       (en & valid_q[10] & (&n_10) & last_group_10),
      .busy_o       (bc_busy),
      .b_read_i     (en),
      .b_address_i  ({info[6*INFO_WIDTH+BANK_BIT], n_6}),
      .b_o          (b),
      .c_read_i     (en),
      .c_address_i  ({info[10*INFO_WIDTH+BANK_BIT], n_10}),
      .c_o          (c)
  );

  // ---- lanes -------------------------------------------------------------------------------------

  wire [TABLE_WIDTH-1:0] table_channel = table_address_i >> N_WIDTH;
  wire [TABLE_WIDTH-1:0] table_group = table_channel >> LANE_WIDTH;
  wire [ADDRESS_WIDTH-1:0] table_address = {
    table_group[ADDRESS_WIDTH-N_WIDTH-1:0], table_address_i[N_WIDTH-1:0]
  };
  wire unused_group_top = &{1'b0, table_group[TABLE_WIDTH-1:ADDRESS_WIDTH-N_WIDTH]};
  wire [3:0] table_lane = table_channel[3:0] & (LANES[3:0] - 4'd1);
  logic [3:0] read_lane_q;
  logic [31:0] state_data_q;

  wire [LANES*32-1:0] y;
  wire [LANES*32-1:0] h_table;
  wire [LANES*5-1:0] lane_flags;

  genvar l;
  for (l = 0; l < LANES; l = l + 1) begin : g_lane
    wire here = table_lane == l;
    wire [4:0] flags_3;
    wire [4:0] flags_9;
    wire [4:0] flags_11;
    wire [4:0] flags_13;
    scan_lane #(
        .DEPTH     (DEPTH),
        .STATE_INT8(STATE_INT8)
    ) lane (
        .clk_i            (clk_i),
        .en_i             (en),
        .s_h_i            (s_h_i),
        .inv_s_h_i        (inv_s_h_i),
        .channel_write_i  (fill & fill_lane_q[l]),
        .channel_entry_i  (fill_entry_q),
        .dt_i             (dt),
        .du_i             (du),
        .y0_i             (y0),
        .a_address_i      (issued[ADDRESS_WIDTH-1:0]),
        .dt_entry_i       (issued[ADDRESS_WIDTH+:2]),
        .du_entry_i       (info[6*INFO_WIDTH+ADDRESS_WIDTH+:2]),
        .b_i              (b),
        .h_read_address_i (state_read_i ? table_address : info[H_READ_AT*INFO_WIDTH+:ADDRESS_WIDTH]),
        .h_clear_i        (info[9*INFO_WIDTH+FIRST_BIT]),
        .y0_entry_i       (info[10*INFO_WIDTH+ADDRESS_WIDTH+:2]),
        .y0_select_i      (~(|n_10)),
        .c_i              (c),
        .h_write_i        (en & valid_q[H_WRITE_AT]),
        .h_write_address_i(info[H_WRITE_AT*INFO_WIDTH+:ADDRESS_WIDTH]),
        .a_table_write_i  (table_write_i & (table_select_i == 2'd0) & here),
        .h_table_write_i  (table_write_i & (table_select_i == 2'd3) & here),
        .table_address_i  (table_address),
        .table_data_i     (table_data_i),
        .h_table_read_i   (state_read_i),
        .h_table_o        (h_table[l*32+:32]),
        .y_o              (y[l*32+:32]),
        .flags_stage3_o   (flags_3),
        .flags_stage9_o   (flags_9),
        .flags_stage11_o  (flags_11),
        .flags_stage13_o  (flags_13)
    );
    wire useful_3 = valid_q[3] & (last_lanes[l] | ~info[3*INFO_WIDTH+LAST_GROUP_BIT]);
    wire useful_9 = valid_q[9] & (last_lanes[l] | ~info[9*INFO_WIDTH+LAST_GROUP_BIT]);
    wire useful_11 = valid_q[11] & (last_lanes[l] | ~info[11*INFO_WIDTH+LAST_GROUP_BIT]);
    wire useful_13 = valid_q[13] & (last_lanes[l] | ~last_group_13);
    assign lane_flags[l*5+:5] = (flags_3 & {5{useful_3}}) | (flags_9 & {5{useful_9}}) |
                                (flags_11 & {5{useful_11}}) | (flags_13 & {5{useful_13}});
  end

  always_ff @(posedge clk_i) begin
    read_lane_q  <= table_lane;
    state_data_q <= h_table[read_lane_q[3:0]*32+:32];
  end
  assign state_data_o = state_data_q;

  // ---- back end: finished groups, channel by channel -------------------------------------------

  // At most two are finished and not yet sent: a slot takes 2 * D_STATE cycles, sending LANES.
  wire finished_valid;
  wire unused_finished_ready;
  wire finished_last_group;
  wire [LANES*32-1:0] finished_y;
  wire finished_taken;
  fifo #(
      .WIDTH(LANES * 32 + 1),
      .DEPTH(2)
  ) finished (
      .clk_i  (clk_i),
      .rst_ni (rst_ni),
      .valid_i(en & valid_q[13] & (&n_13)),
      .ready_o(unused_finished_ready),
      .data_i ({last_group_13, y}),
      .valid_o(finished_valid),
      .ready_i(finished_taken),
      .data_o ({finished_last_group, finished_y})
  );

  logic [LANES-1:0] send_lane_q;  // one-hot
  wire send = en & finished_valid;
  assign finished_taken =
      send & (send_lane_q[LANES-1] | (finished_last_group & (send_lane_q == last_lane)));
  always_ff @(posedge clk_i) begin
    if (!rst_ni) send_lane_q <= LANE_0;
    else if (send) send_lane_q <= finished_taken ? LANE_0 : send_lane_q << 1;
  end
  logic [31:0] send_y;
  always_comb begin
    send_y = 32'd0;
    for (integer i = 0; i < LANES; i = i + 1) begin
      send_y = send_y | (finished_y[i*32+:32] & {32{send_lane_q[i]}});
    end
  end

  // z waits for y. There are never more channels between the front end and here than eight groups.
  wire [7:0] send_z;
  wire unused_z_ready;
  wire unused_z_valid;
  fifo #(
      .WIDTH(8),
      .DEPTH(8 * LANES)
  ) z_fifo (
      .clk_i  (clk_i),
      .rst_ni (rst_ni),
      .valid_i(fill),
      .ready_o(unused_z_ready),
      .data_i (z),
      .valid_o(unused_z_valid),
      .ready_i(send),
      .data_o (send_z)
  );

  wire back_valid;
  wire [15:0] back_y;
  wire [4:0] back_flags;
  scan_back back (
      .clk_i  (clk_i),
      .rst_ni (rst_ni),
      .en_i   (en),
      .gate_i (gate_i),
      .s_z_i  (s_z_i),
      .valid_i(finished_valid),
      .y_i    (send_y),
      .z_i    (send_z),
      .valid_o(back_valid),
      .y_o    (back_y),
      .flags_o(back_flags)
  );

  wire out_ready;
  fifo #(
      .WIDTH(16),
      .DEPTH(2)
  ) out_fifo (
      .clk_i  (clk_i),
      .rst_ni (rst_ni),
      .valid_i(back_valid),
      .ready_o(out_ready),
      .data_i (back_y),
      .valid_o(valid_o),
      .ready_i(ready_i),
      .data_o (y_o)
  );
  assign en = out_ready | ~back_valid;

  // ---- what the engine tells about itself ------------------------------------------------------

  localparam FLIGHT_WIDTH = 10;  // channels in flight: 22 in front, 8 groups, 27 behind
  logic [FLIGHT_WIDTH-1:0] flight_q;
  wire give = valid_o & ready_i;
  assign busy_o = (|flight_q) | (|channel_q) | bc_busy;

  logic [4:0] flags_q;
  logic [4:0] new_flags;
  always_comb begin
    new_flags = back_flags;
    for (integer i = 0; i < LANES; i = i + 1) new_flags = new_flags | lane_flags[i*5+:5];
    new_flags = new_flags & {5{en}};
  end

  logic running_q;
  logic [63:0] age_q;
  logic [63:0] cycles_q;
  logic [63:0] updates_q;
  logic [63:0] stalls_q;
  wire [4:0] issued_lanes = issued[LAST_GROUP_BIT] ? over : LANES[4:0];
  always_ff @(posedge clk_i) begin
    if (!rst_ni) flight_q <= {FLIGHT_WIDTH{1'b0}};
    else
      flight_q <= flight_q + {{FLIGHT_WIDTH - 1{1'b0}}, take} -
                  {{FLIGHT_WIDTH - 1{1'b0}}, give};

    if (!rst_ni) flags_q <= 5'd0;
    else flags_q <= (flags_q & ~{5{clear_i}}) | front_flags | new_flags;
    if (!rst_ni || clear_i) begin
      running_q <= rst_ni & take;
      age_q <= {63'd0, rst_ni & take};
      cycles_q <= 64'd0;
      updates_q <= 64'd0;
      stalls_q <= 64'd0;
    end else begin
      if (take) running_q <= 1'b1;
      if (running_q || take) age_q <= age_q + 64'd1;
      if (give) cycles_q <= age_q + 64'd1;
      if (en && issue) updates_q <= updates_q + {59'd0, issued_lanes};
      if (!en) stalls_q <= stalls_q + 64'd1;
    end
  end
  assign flags_o   = flags_q;
  assign cycles_o  = cycles_q;
  assign updates_o = updates_q;
  assign stalls_o  = stalls_q;

endmodule

`default_nettype wire
