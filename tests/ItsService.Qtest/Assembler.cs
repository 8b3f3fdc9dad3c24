using System.Buffers.Binary;

namespace ItsService.Qtest;

/// <summary>As much of AArch64 as <see cref="MailboxProgram"/> needs.</summary>
internal sealed class Assembler
{
    private const uint ZeroRegister = 31;

    private readonly List<uint> _words = [];
    private readonly Dictionary<string, int> _labels = [];
    private readonly List<(int At, string Label)> _branches = [];

    public int Count => _words.Count;

    public void Label(string name) => _labels.Add(name, _words.Count);

    public void Word(uint word) => _words.Add(word);

    public void Nop() => Word(0xD503_201F);

    public void WaitForInterrupt() => Word(0xD503_207F);

    public void InstructionBarrier() => Word(0xD503_3FDF);

    public void DataBarrier() => Word(0xD503_3F9F);

    public void HypervisorCall() => Word(0xD400_0002);

    /// <summary>A constant of up to 48 bits.</summary>
    public void Move(uint register, ulong value)
    {
        Word(0xD280_0000 | ((uint)(value & 0xFFFF) << 5) | register);
        Word(0xF2A0_0000 | ((uint)((value >> 16) & 0xFFFF) << 5) | register);
        Word(0xF2C0_0000 | ((uint)((value >> 32) & 0xFFFF) << 5) | register);
    }

    public void MoveRegister(uint to, uint from) => Word(0xAA00_03E0 | (from << 16) | to);

    public void AddImmediate(uint register, uint from, uint value) =>
        Word(0x9100_0000 | (value << 10) | (from << 5) | register);

    public void SubtractImmediate(uint register, uint from, uint value) =>
        Word(0xD100_0000 | (value << 10) | (from << 5) | register);

    /// <summary>Adds a register shifted left.</summary>
    public void AddShifted(uint register, uint with, int shift) =>
        Word(0x8B00_0000 | (with << 16) | ((uint)shift << 10) | (register << 5) | register);

    public void KeepLowByte(uint register) => Word(0x9240_1C00 | (register << 5) | register);

    public void Load(uint register, uint address, uint offset) =>
        Word(0xF940_0000 | ((offset / 8) << 10) | (address << 5) | register);

    public void Store(uint register, uint address, uint offset) =>
        Word(0xF900_0000 | ((offset / 8) << 10) | (address << 5) | register);

    public void StoreZero(uint address) => Store(ZeroRegister, address, 0);

    /// <summary>Stores 32 bits and moves the address on.</summary>
    public void StoreWordAndAdvance(uint register, uint address) => Word(0xB800_4400 | (address << 5) | register);

    public void Compare(uint register, uint value) => Word(0xF100_001F | (value << 10) | (register << 5));

    public void BranchIfEqual(string label) => Branch(0x5400_0000, label);

    public void BranchIfNotEqual(string label) => Branch(0x5400_0001, label);

    public void BranchIfZero(uint register, string label) => Branch(0xB400_0000 | register, label);

    public void BranchIfNotZero(uint register, string label) => Branch(0xB500_0000 | register, label);

    public void Branch(string label) => BranchIfZero(ZeroRegister, label);

    /// <summary>MRS of a register of the architecture's form 3, op1 0.</summary>
    public void ReadSystemRegister(uint register, uint crn, uint crm, uint op2) =>
        Word(0xD538_0000 | (crn << 12) | (crm << 8) | (op2 << 5) | register);

    /// <summary>MSR of such a register.</summary>
    public void WriteSystemRegister(uint register, uint crn, uint crm, uint op2) =>
        Word(0xD518_0000 | (crn << 12) | (crm << 8) | (op2 << 5) | register);

    public void WriteZeroToSystemRegister(uint crn, uint crm, uint op2) =>
        WriteSystemRegister(ZeroRegister, crn, crm, op2);

    public byte[] Assemble()
    {
        foreach (var (at, label) in _branches)
        {
            _words[at] |= ((uint)(_labels[label] - at) & 0x7_FFFF) << 5;
        }

        var bytes = new byte[_words.Count * 4];
        for (var index = 0; index < _words.Count; index++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(index * 4), _words[index]);
        }

        return bytes;
    }

    private void Branch(uint word, string label)
    {
        _branches.Add((_words.Count, label));
        Word(word);
    }
}
