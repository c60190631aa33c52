// SPDX-License-Identifier: Apache-2.0
// Two banks of scales in a memory, written and read as FP32. SCALE_BITS 16 stores BF16, or FP16
// with SCALE_FP16, and takes only what that holds exactly (FP16: as a normal number). legal_o speaks
// of data_i: finite, positive, and exact. A scale comes one cycle after read_i and stays.
`default_nettype none

module scale_memory #(
    parameter  SCALES = 128,
    parameter  SCALE_BITS = 32,
    parameter  SCALE_FP16 = 0,
    localparam INDEX_BITS = lookup_pkg::index_bits(SCALES)
) (
    input wire clk_i,
    input wire bank_i,

    input  wire                  write_i,
    input  wire [INDEX_BITS-1:0] write_index_i,
    input  wire [          31:0] data_i,
    output wire                  legal_o,

    input  wire                  read_i,
    input  wire [INDEX_BITS-1:0] read_index_i,
    output wire [          31:0] scale_o
);

  if (SCALE_BITS != 32 && SCALE_BITS != 16) begin : g_unsupported
    SCALE_BITS_must_be_32_or_16 unsupported_configuration ();
  end

  wire [SCALE_BITS-1:0] stored;
  wire [SCALE_BITS-1:0] read;
  wire finite_positive = ~data_i[31] & ~(&data_i[30:23]) & (|data_i[30:0]);

  banked_ram #(
      .WIDTH(SCALE_BITS),
      .DEPTH(SCALES)
  ) ram (
      .clk_i          (clk_i),
      .bank_i         (bank_i),
      .write_i        (write_i),
      .write_address_i(write_index_i),
      .write_data_i   (stored),
      .read_i         (read_i),
      .read_address_i (read_index_i),
      .read_data_o    (read)
  );

  if (SCALE_BITS == 32) begin : g_fp32
    assign stored  = data_i[SCALE_BITS-1:0];
    assign scale_o = read;
    assign legal_o = finite_positive;
  end else if (SCALE_FP16 == 0) begin : g_bf16
    assign stored  = data_i[31:16];
    assign scale_o = {read, 16'b0};
    assign legal_o = finite_positive & ~(|data_i[15:0]);
  end else begin : g_fp16
    // Exponents differ by 112: 113 to 142 become 1 to 30.
    wire normal = data_i[30] ? (data_i[29:27] == 3'b000) & ~(&data_i[26:23])
                             : (data_i[29:27] == 3'b111) & (|data_i[26:23]);
    assign stored  = {1'b0, data_i[30], data_i[26:23], data_i[22:13]};
    assign scale_o = {read[15], read[14], {3{~read[14]}}, read[13:10], read[9:0], 13'b0};
    assign legal_o = finite_positive & normal & ~(|data_i[12:0]);
  end

endmodule

`default_nettype wire
