/* false: fails. */
int main(int argc, char **argv)
{
	return 1;
}
